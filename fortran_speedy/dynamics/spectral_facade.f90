!> Plain-array face of the spectral transform, for f90wrap. Nothing is checked here.
!>
!> Arrays are explicit in shape: grid (longitude 96, latitude 48, field), spectral (m 31, n 32, field) as
!> real and imaginary part. `single_precision_constants` is 1 for the constants of the original, 0 for
!> exact ones.
module spectral_facade
    use formulation, only: formulation_switches
    use kinds, only: dp
    use spectral_transform, only: analysis, new_spectral_constants, synthesis, truncate
    use spectral_transform, only: constants_type => spectral_constants
    implicit none
    private
    public :: spectral_constants, grid_to_spectral, spectral_to_grid, truncate_grid

contains

    !> The constants; northern rows are counted from the pole to the equator.
    subroutine spectral_constants(single_precision_constants, sine_latitude, gaussian_weight, legendre, &
            fourier_kernel_real, fourier_kernel_imaginary)
        integer, intent(in) :: single_precision_constants
        real(dp), intent(inout) :: sine_latitude(24)
        real(dp), intent(inout) :: gaussian_weight(24)
        real(dp), intent(inout) :: legendre(31, 32, 24)
        real(dp), intent(inout) :: fourier_kernel_real(96, 31)
        real(dp), intent(inout) :: fourier_kernel_imaginary(96, 31)
        type(constants_type) :: constants

        constants = new_spectral_constants(formulation_of(single_precision_constants))
        sine_latitude = constants%sine_latitude
        gaussian_weight = constants%gaussian_weight
        legendre = constants%legendre
        fourier_kernel_real = real(constants%kernel, dp)
        fourier_kernel_imaginary = aimag(constants%kernel)
    end subroutine spectral_constants

    !> Analysis of each field.
    subroutine grid_to_spectral(n_fields, single_precision_constants, grid, spectral_real, spectral_imaginary)
        integer, intent(in) :: n_fields
        integer, intent(in) :: single_precision_constants
        real(dp), intent(in) :: grid(96, 48, n_fields)
        real(dp), intent(inout) :: spectral_real(31, 32, n_fields)
        real(dp), intent(inout) :: spectral_imaginary(31, 32, n_fields)
        type(constants_type) :: constants
        complex(dp) :: spectral(31, 32)
        integer :: field

        constants = new_spectral_constants(formulation_of(single_precision_constants))
        do field = 1, n_fields
            call analysis(constants, grid(:, :, field), spectral)
            spectral_real(:, :, field) = real(spectral, dp)
            spectral_imaginary(:, :, field) = aimag(spectral)
        end do
    end subroutine grid_to_spectral

    !> Synthesis of each field.
    subroutine spectral_to_grid(n_fields, single_precision_constants, spectral_real, spectral_imaginary, grid)
        integer, intent(in) :: n_fields
        integer, intent(in) :: single_precision_constants
        real(dp), intent(in) :: spectral_real(31, 32, n_fields)
        real(dp), intent(in) :: spectral_imaginary(31, 32, n_fields)
        real(dp), intent(inout) :: grid(96, 48, n_fields)
        type(constants_type) :: constants
        integer :: field

        constants = new_spectral_constants(formulation_of(single_precision_constants))
        do field = 1, n_fields
            call synthesis(constants, cmplx(spectral_real(:, :, field), spectral_imaginary(:, :, field), dp), &
                grid(:, :, field))
        end do
    end subroutine spectral_to_grid

    !> Each field without wavenumbers above 30, as the orography.
    subroutine truncate_grid(n_fields, single_precision_constants, grid, truncated)
        integer, intent(in) :: n_fields
        integer, intent(in) :: single_precision_constants
        real(dp), intent(in) :: grid(96, 48, n_fields)
        real(dp), intent(inout) :: truncated(96, 48, n_fields)
        type(constants_type) :: constants
        complex(dp) :: spectral(31, 32)
        integer :: field

        constants = new_spectral_constants(formulation_of(single_precision_constants))
        do field = 1, n_fields
            call analysis(constants, grid(:, :, field), spectral)
            call synthesis(constants, truncate(spectral), truncated(:, :, field))
        end do
    end subroutine truncate_grid

    pure function formulation_of(single_precision_constants) result(formulation)
        integer, intent(in) :: single_precision_constants
        type(formulation_switches) :: formulation

        formulation%single_precision_constants = single_precision_constants /= 0
    end function formulation_of

end module spectral_facade
