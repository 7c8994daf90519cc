!> Plain-array face of the constants of the spectral transform, for f90wrap. Nothing is checked here.
!>
!> The switches are 1 for the constants and the latitudes of the original, 0 for exact ones.
module spectral_facade
    use formulation, only: formulation_switches
    use fourier_transform, only: fourier_synthesis
    use kinds, only: dp
    use spectral_transform, only: longitudes, new_spectral_constants, rows, truncation
    use spectral_transform, only: constants_type => spectral_constants
    implicit none
    private
    public :: spectral_constants

contains

    !> The constants; northern rows are counted from the pole to the equator.
    subroutine spectral_constants(single_precision_constants, latitudes_are_approximate, sine_latitude, &
            gaussian_weight, legendre, fourier_kernel_real, fourier_kernel_imaginary)
        integer, intent(in) :: single_precision_constants
        integer, intent(in) :: latitudes_are_approximate
        real(dp), intent(inout) :: sine_latitude(24)
        real(dp), intent(inout) :: gaussian_weight(24)
        real(dp), intent(inout) :: legendre(31, 32, 24)
        real(dp), intent(inout) :: fourier_kernel_real(96, 31)
        real(dp), intent(inout) :: fourier_kernel_imaginary(96, 31)
        type(constants_type) :: constants
        type(formulation_switches) :: formulation
        real(dp) :: coefficients(rows, 2, 0:truncation), values(rows, longitudes)
        integer :: m, n

        formulation%single_precision_constants = single_precision_constants /= 0
        formulation%latitudes_are_approximate = latitudes_are_approximate /= 0
        constants = new_spectral_constants(formulation)
        sine_latitude = constants%sine_latitude
        gaussian_weight = constants%gaussian_weight
        do n = 0, truncation + 1
            legendre(:, n + 1, :) = transpose(constants%legendre(:, n/2 + 1, mod(n, 2), :))
        end do
        ! The kernel is what the transform makes of single wavenumbers: twice its parts for m > 0.
        do m = 0, truncation
            coefficients = 0.0_dp
            coefficients(:, 1, m) = merge(1.0_dp, 0.5_dp, m == 0)
            call fourier_synthesis(constants%fourier, coefficients, values)
            fourier_kernel_real(:, m + 1) = values(1, :)
            coefficients(:, 1, m) = 0.0_dp
            coefficients(:, 2, m) = -0.5_dp
            call fourier_synthesis(constants%fourier, coefficients, values)
            fourier_kernel_imaginary(:, m + 1) = values(1, :)
        end do
    end subroutine spectral_constants

end module spectral_facade
