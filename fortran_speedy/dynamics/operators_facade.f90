!> Plain-array face of transforms and spectral operators, for f90wrap; layout of the arrays: plain_arrays.
!>
!> Nothing is checked here. Grids are maps (longitude 96, latitude 48, field).
module operators_facade
    use dynamics_core, only: speedy_core
    use kinds, only: dp
    use plain_arrays, only: complex_of, core_of, parts_of
    use spectral_operators, only: curl_of => curl, divergence_of => divergence, gradient_of => gradient, &
        inverse_laplacian_of => inverse_laplacian, laplacian_of => laplacian, winds_of => winds
    use spectral_transform, only: analysis_of_blocks, blocks_of_map, map_of_blocks, synthesis_on_blocks, truncate
    implicit none
    private
    public :: to_grid, to_spectral, gradient, winds, laplacian, inverse_laplacian, curl_and_divergence, truncated

contains

    !> Synthesis of each field, divided by the cosine of latitude if over_cosine is not 0.
    subroutine to_grid(n_switches, n_numbers, n_fields, switches, numbers, over_cosine, spectral, grid)
        integer, intent(in) :: n_switches, n_numbers, n_fields
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        integer, intent(in) :: over_cosine
        real(dp), intent(in) :: spectral(2, 31, 32, n_fields)
        real(dp), intent(inout) :: grid(96, 48, n_fields)
        type(speedy_core) :: core
        real(dp) :: blocks(24, 96, 2)
        integer :: field

        core = core_of(switches, numbers)
        do field = 1, n_fields
            call synthesis_on_blocks(core%transform, complex_of(spectral(:, :, :, field)), over_cosine /= 0, blocks)
            call map_of_blocks(blocks, grid(:, :, field))
        end do
    end subroutine to_grid

    !> Analysis of each field.
    subroutine to_spectral(n_switches, n_numbers, n_fields, switches, numbers, grid, spectral)
        integer, intent(in) :: n_switches, n_numbers, n_fields
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: grid(96, 48, n_fields)
        real(dp), intent(inout) :: spectral(2, 31, 32, n_fields)
        type(speedy_core) :: core
        real(dp) :: blocks(24, 96, 2)
        complex(dp) :: x(31, 32)
        integer :: field

        core = core_of(switches, numbers)
        do field = 1, n_fields
            call blocks_of_map(grid(:, :, field), blocks)
            call analysis_of_blocks(core%transform, blocks, .false., x)
            spectral(:, :, :, field) = parts_of(x)
        end do
    end subroutine to_spectral

    !> Derivatives of each field, times the cosine of latitude.
    subroutine gradient(n_switches, n_numbers, n_fields, switches, numbers, field, eastward, northward)
        integer, intent(in) :: n_switches, n_numbers, n_fields
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: field(2, 31, 32, n_fields)
        real(dp), intent(inout) :: eastward(2, 31, 32, n_fields)
        real(dp), intent(inout) :: northward(2, 31, 32, n_fields)
        type(speedy_core) :: core
        complex(dp), dimension(31, 32) :: x, y
        integer :: i

        core = core_of(switches, numbers)
        do i = 1, n_fields
            call gradient_of(core%operators, complex_of(field(:, :, :, i)), x, y)
            eastward(:, :, :, i) = parts_of(x)
            northward(:, :, :, i) = parts_of(y)
        end do
    end subroutine gradient

    !> Winds of each pair of fields, times the cosine of latitude.
    subroutine winds(n_switches, n_numbers, n_fields, switches, numbers, vorticity, divergence, eastward, northward)
        integer, intent(in) :: n_switches, n_numbers, n_fields
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: vorticity(2, 31, 32, n_fields)
        real(dp), intent(in) :: divergence(2, 31, 32, n_fields)
        real(dp), intent(inout) :: eastward(2, 31, 32, n_fields)
        real(dp), intent(inout) :: northward(2, 31, 32, n_fields)
        type(speedy_core) :: core
        complex(dp), dimension(31, 32) :: x, y
        integer :: i

        core = core_of(switches, numbers)
        do i = 1, n_fields
            call winds_of(core%operators, complex_of(vorticity(:, :, :, i)), complex_of(divergence(:, :, :, i)), x, y)
            eastward(:, :, :, i) = parts_of(x)
            northward(:, :, :, i) = parts_of(y)
        end do
    end subroutine winds

    !> Laplacian of each field.
    subroutine laplacian(n_switches, n_numbers, n_fields, switches, numbers, field, result)
        integer, intent(in) :: n_switches, n_numbers, n_fields
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: field(2, 31, 32, n_fields)
        real(dp), intent(inout) :: result(2, 31, 32, n_fields)
        type(speedy_core) :: core
        complex(dp) :: x(31, 32)
        integer :: i

        core = core_of(switches, numbers)
        do i = 1, n_fields
            call laplacian_of(core%operators, complex_of(field(:, :, :, i)), x)
            result(:, :, :, i) = parts_of(x)
        end do
    end subroutine laplacian

    !> Inverse Laplacian of each field.
    subroutine inverse_laplacian(n_switches, n_numbers, n_fields, switches, numbers, field, result)
        integer, intent(in) :: n_switches, n_numbers, n_fields
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: field(2, 31, 32, n_fields)
        real(dp), intent(inout) :: result(2, 31, 32, n_fields)
        type(speedy_core) :: core
        complex(dp) :: x(31, 32)
        integer :: i

        core = core_of(switches, numbers)
        do i = 1, n_fields
            call inverse_laplacian_of(core%operators, complex_of(field(:, :, :, i)), x)
            result(:, :, :, i) = parts_of(x)
        end do
    end subroutine inverse_laplacian

    !> Curl and divergence of each vector field on the grid.
    subroutine curl_and_divergence(n_switches, n_numbers, n_fields, switches, numbers, eastward, northward, curl, &
            divergence)
        integer, intent(in) :: n_switches, n_numbers, n_fields
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: eastward(96, 48, n_fields)
        real(dp), intent(in) :: northward(96, 48, n_fields)
        real(dp), intent(inout) :: curl(2, 31, 32, n_fields)
        real(dp), intent(inout) :: divergence(2, 31, 32, n_fields)
        type(speedy_core) :: core
        real(dp) :: blocks(24, 96, 2)
        complex(dp), dimension(31, 32) :: u, v, x
        integer :: i

        core = core_of(switches, numbers)
        do i = 1, n_fields
            call blocks_of_map(eastward(:, :, i), blocks)
            call analysis_of_blocks(core%transform, blocks, .true., u)
            call blocks_of_map(northward(:, :, i), blocks)
            call analysis_of_blocks(core%transform, blocks, .true., v)
            call curl_of(core%operators, u, v, x)
            curl(:, :, :, i) = parts_of(x)
            call divergence_of(core%operators, u, v, x)
            divergence(:, :, :, i) = parts_of(x)
        end do
    end subroutine curl_and_divergence

    !> Each field without total wavenumbers above 30.
    subroutine truncated(n_fields, field, result)
        integer, intent(in) :: n_fields
        real(dp), intent(in) :: field(2, 31, 32, n_fields)
        real(dp), intent(inout) :: result(2, 31, 32, n_fields)
        integer :: i

        do i = 1, n_fields
            result(:, :, :, i) = parts_of(truncate(complex_of(field(:, :, :, i))))
        end do
    end subroutine truncated

end module operators_facade
