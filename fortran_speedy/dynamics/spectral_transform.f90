!> Spherical harmonics: synthesis (spectral to grid), analysis (grid to spectral), truncation (spec 30).
!>
!> Spectral fields are complex (m, n): zonal wavenumber m = 0 ... 30, total wavenumber l = m + n with
!> n = 0 ... 31. Fields on the grid are maps (longitude, latitude), from Greenwich eastwards and from
!> south to north, or, inside the dynamics, blocks (row, longitude, hemisphere): rows from the pole to the
!> equator, first the northern hemisphere, then the southern one.
module spectral_transform
    use formulation, only: formulation_switches
    use fourier_transform, only: fourier_analysis, fourier_factors, fourier_synthesis, longitudes, &
        new_fourier_factors, rows
    use gaussian_latitudes, only: gaussian_row, latitudes, legendre_functions, truncation
    use kinds, only: dp
    use legendre_transform, only: legendre_analysis, legendre_synthesis, parity_table, parity_terms
    implicit none
    private
    public :: spectral_constants, new_spectral_constants
    public :: synthesis, analysis, truncate
    public :: synthesis_on_blocks, analysis_of_blocks, map_of_blocks, blocks_of_map
    public :: truncation, longitudes, latitudes, rows

    !> Grid and transforms. Northern rows are counted from the pole to the equator.
    type :: spectral_constants
        real(dp), allocatable :: sine_latitude(:)         ! (row), northern
        real(dp), allocatable :: cosine_latitude(:)       ! (row), northern
        real(dp), allocatable :: inverse_cosine(:)        ! (row)
        real(dp), allocatable :: gaussian_weight(:)       ! (row), the sum is 1
        real(dp), allocatable :: weight_over_cosine(:)    ! (row)
        real(dp), allocatable :: ones(:)                  ! (row)
        real(dp), allocatable :: legendre(:, :, :, :)     ! (row, n of one parity, parity from 0, m from 0)
        type(fourier_factors) :: fourier
    end type spectral_constants

contains

    !> The constants of the original, or exact ones.
    pure function new_spectral_constants(formulation) result(constants)
        type(formulation_switches), intent(in) :: formulation
        type(spectral_constants) :: constants
        real(dp), allocatable :: functions(:, :, :)      ! (m, n, row)
        logical :: single
        integer :: row

        single = formulation%single_precision_constants
        allocate (constants%sine_latitude(rows), constants%gaussian_weight(rows))
        do row = 1, rows
            call gaussian_row(row, single, formulation%latitudes_are_approximate, constants%sine_latitude(row), &
                constants%gaussian_weight(row))
        end do
        allocate (constants%cosine_latitude, source=sqrt(1.0_dp - constants%sine_latitude**2))
        allocate (constants%inverse_cosine, source=1.0_dp/constants%cosine_latitude)
        allocate (constants%weight_over_cosine, source=constants%gaussian_weight*constants%inverse_cosine)
        allocate (constants%ones(rows), source=1.0_dp)
        allocate (functions(0:truncation, 0:truncation + 1, rows))
        do row = 1, rows
            functions(:, :, row) = &
                legendre_functions(constants%sine_latitude(row), constants%cosine_latitude(row), single)
        end do
        allocate (constants%legendre(rows, parity_terms, 0:1, 0:truncation))
        constants%legendre = parity_table(functions)
        constants%fourier = new_fourier_factors(formulation)
    end function new_spectral_constants

    !> Values on the grid; coefficients with l > 31 and the imaginary part of m = 0 are ignored.
    pure subroutine synthesis(constants, spectral, grid)
        type(spectral_constants), intent(in) :: constants
        complex(dp), intent(in) :: spectral(0:truncation, 0:truncation + 1)    ! (m, n)
        real(dp), intent(out) :: grid(longitudes, latitudes)                   ! unit of the coefficients
        real(dp) :: blocks(rows, longitudes, 2)

        call synthesis_on_blocks(constants, spectral, .false., blocks)
        call map_of_blocks(blocks, grid)
    end subroutine synthesis

    !> Coefficients for l <= 31 without (m = 0, l = 31), zero elsewhere; real for m = 0.
    pure subroutine analysis(constants, grid, spectral)
        type(spectral_constants), intent(in) :: constants
        real(dp), intent(in) :: grid(longitudes, latitudes)
        complex(dp), intent(out) :: spectral(0:truncation, 0:truncation + 1)   ! (m, n)
        real(dp) :: blocks(rows, longitudes, 2)

        call blocks_of_map(grid, blocks)
        call analysis_of_blocks(constants, blocks, .false., spectral)
    end subroutine analysis

    !> The coefficients with l <= 30.
    pure function truncate(spectral) result(truncated)
        complex(dp), intent(in) :: spectral(0:, 0:)      ! (m, n)
        complex(dp) :: truncated(0:truncation, 0:truncation + 1)
        integer :: m

        truncated = (0.0_dp, 0.0_dp)
        do m = 0, truncation
            truncated(m, :truncation - m) = spectral(m, :truncation - m)
        end do
    end function truncate

    !> Synthesis, divided by the cosine of latitude if so wished.
    pure subroutine synthesis_on_blocks(constants, spectral, over_cosine, blocks)
        type(spectral_constants), intent(in) :: constants
        complex(dp), intent(in) :: spectral(0:truncation, 0:truncation + 1)    ! (m, n)
        logical, intent(in) :: over_cosine
        real(dp), intent(out) :: blocks(rows, longitudes, 2)
        real(dp), dimension(rows, 2, 0:truncation) :: north, south

        if (over_cosine) then
            call legendre_synthesis(constants%legendre, spectral, constants%inverse_cosine, north, south)
        else
            call legendre_synthesis(constants%legendre, spectral, constants%ones, north, south)
        end if
        call fourier_synthesis(constants%fourier, north, blocks(:, :, 1))
        call fourier_synthesis(constants%fourier, south, blocks(:, :, 2))
    end subroutine synthesis_on_blocks

    !> Analysis of a field, or of the field divided by the cosine of latitude.
    pure subroutine analysis_of_blocks(constants, blocks, over_cosine, spectral)
        type(spectral_constants), intent(in) :: constants
        real(dp), intent(in) :: blocks(rows, longitudes, 2)
        logical, intent(in) :: over_cosine
        complex(dp), intent(out) :: spectral(0:truncation, 0:truncation + 1)   ! (m, n)
        real(dp), dimension(rows, 2, 0:truncation) :: north, south

        call fourier_analysis(constants%fourier, blocks(:, :, 1), north)
        call fourier_analysis(constants%fourier, blocks(:, :, 2), south)
        if (over_cosine) then
            call legendre_analysis(constants%legendre, north, south, constants%weight_over_cosine, spectral)
        else
            call legendre_analysis(constants%legendre, north, south, constants%gaussian_weight, spectral)
        end if
    end subroutine analysis_of_blocks

    !> Blocks as a map.
    pure subroutine map_of_blocks(blocks, grid)
        real(dp), intent(in) :: blocks(rows, longitudes, 2)
        real(dp), intent(out) :: grid(longitudes, latitudes)
        integer :: longitude

        do longitude = 1, longitudes
            grid(longitude, latitudes:rows + 1:-1) = blocks(:, longitude, 1)
            grid(longitude, :rows) = blocks(:, longitude, 2)
        end do
    end subroutine map_of_blocks

    !> A map as blocks.
    pure subroutine blocks_of_map(grid, blocks)
        real(dp), intent(in) :: grid(longitudes, latitudes)
        real(dp), intent(out) :: blocks(rows, longitudes, 2)
        integer :: longitude

        do longitude = 1, longitudes
            blocks(:, longitude, 1) = grid(longitude, latitudes:rows + 1:-1)
            blocks(:, longitude, 2) = grid(longitude, :rows)
        end do
    end subroutine blocks_of_map

end module spectral_transform
