!> Geopotential from temperature: hydrostatic integration upwards from the surface (spec 31, section 3).
module hydrostatic_geopotential
    use gaussian_latitudes, only: truncation
    use kinds, only: dp
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: hydrostatic_coefficients, new_hydrostatic_coefficients, geopotential

    !> Per level, J kg-1 K-1.
    type :: hydrostatic_coefficients
        real(dp), allocatable :: lower(:)         ! from the lower boundary to the full level
        real(dp), allocatable :: upper(:)         ! from the full level to the upper boundary, 0 at the top
        real(dp), allocatable :: correction(:)    ! of the departure from a constant lapse rate, 0 at top and bottom
    end type hydrostatic_coefficients

contains

    !> The coefficients for air with the gas constant r, J kg-1 K-1.
    pure function new_hydrostatic_coefficients(layers, r) result(coefficients)
        type(vertical_layers), intent(in) :: layers
        real(dp), intent(in) :: r
        type(hydrostatic_coefficients) :: coefficients
        integer :: k, n

        n = layers%levels
        associate (full => layers%full_level_sigma, half => layers%half_level_sigma)
            allocate (coefficients%lower, source=r*log(half(2:)/full))
            allocate (coefficients%upper(n), coefficients%correction(n), source=0.0_dp)
            coefficients%upper(2:) = r*log(full(2:)/half(2:n))
            do k = 2, n - 1
                coefficients%correction(k) = 0.5_dp*coefficients%lower(k)*log(half(k + 1)/full(k)) &
                    /log(full(k + 1)/full(k - 1))
            end do
        end associate
    end function new_hydrostatic_coefficients

    !> Spectral geopotential, m2 s-2. The correction acts on the zonal mean only.
    pure subroutine geopotential(coefficients, temperature, surface_geopotential, result)
        type(hydrostatic_coefficients), intent(in) :: coefficients
        complex(dp), intent(in) :: temperature(0:truncation, 0:truncation + 1, size(coefficients%lower))    ! K
        complex(dp), intent(in) :: surface_geopotential(0:truncation, 0:truncation + 1)                     ! m2 s-2
        complex(dp), intent(out) :: result(0:truncation, 0:truncation + 1, size(coefficients%lower))
        integer :: k, n

        n = size(coefficients%lower)
        associate (b => coefficients%lower, t => coefficients%upper, c => coefficients%correction)
            result(:, :, n) = surface_geopotential + b(n)*temperature(:, :, n)
            do k = n - 1, 1, -1
                result(:, :, k) = result(:, :, k + 1) + t(k + 1)*temperature(:, :, k + 1) + b(k)*temperature(:, :, k)
            end do
            do k = 2, n - 1
                result(0, :, k) = result(0, :, k) + c(k)*(temperature(0, :, k + 1) - temperature(0, :, k - 1))
            end do
        end associate
    end subroutine geopotential

end module hydrostatic_geopotential
