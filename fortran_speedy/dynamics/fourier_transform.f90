!> Fourier synthesis and analysis of rows of 96 real values with wavenumbers 0 ... 30, fast (spec 30, section 4).
!>
!> In the original 2 pi, sqrt(2) and sqrt(3) of the factors are numbers of single precision.
module fourier_transform
    use formulation, only: formulation_switches
    use fourier_stages, only: analysis_radix_12, analysis_radix_2, analysis_radix_4, fourier_factors, &
        largest_wavenumber, longitudes, rows, synthesis_radix_12, synthesis_radix_2, synthesis_radix_4
    use kinds, only: dp, sp
    implicit none
    private
    public :: fourier_factors, new_fourier_factors
    public :: fourier_synthesis, fourier_analysis
    public :: longitudes, largest_wavenumber, rows

    real(dp), parameter :: pi = acos(-1.0_dp)

contains

    !> The factors of the original, or exact ones.
    pure function new_fourier_factors(formulation) result(factors)
        type(formulation_switches), intent(in) :: formulation
        type(fourier_factors) :: factors
        real(dp) :: unit_angle, angle
        integer :: k, d

        if (formulation%single_precision_constants) then
            unit_angle = real(real(2.0_dp*pi, sp), dp)/longitudes
            factors%cosine_45 = real(sqrt(2.0), dp)/2.0_dp
            factors%sine_60 = real(0.5*sqrt(3.0), dp)
            factors%analysis_scale = real(1.0/96.0, dp)
        else
            unit_angle = 2.0_dp*pi/longitudes
            factors%cosine_45 = sqrt(0.5_dp)
            factors%sine_60 = sqrt(0.75_dp)
            factors%analysis_scale = 1.0_dp/longitudes
        end if
        do k = 1, 23
            angle = k*unit_angle
            factors%radix_2(:, k) = [cos(angle), sin(angle)]
        end do
        do k = 1, 5
            do d = 1, 3
                angle = k*(2*d*unit_angle)
                factors%radix_4(:, d, k) = [cos(angle), sin(angle)]
            end do
        end do
        do d = 1, 3
            angle = 8*d*unit_angle
            factors%second_radix_4(:, d) = [cos(angle), sin(angle)]
        end do
    end function new_fourier_factors

    !> Values A_0 + 2 Re sum A_m exp(i m longitude); the imaginary part of A_0 is ignored.
    pure subroutine fourier_synthesis(factors, coefficients, values)
        type(fourier_factors), intent(in) :: factors
        real(dp), intent(in) :: coefficients(rows, 2, 0:largest_wavenumber)     ! real and imaginary parts
        real(dp), intent(out) :: values(rows, 0:longitudes - 1)
        real(dp) :: halves(rows, 2, 0:24, 0:1)       ! (, , k', d1)
        real(dp) :: eighths(rows, 2, 0:6, 0:7)       ! (, , k', d1 + 2 d2)
        integer :: place

        call synthesis_radix_2(factors, coefficients, halves)
        call synthesis_radix_4(factors, halves(:, :, :, 0), eighths(:, :, :, 0), eighths(:, :, :, 2), &
            eighths(:, :, :, 4), eighths(:, :, :, 6))
        call synthesis_radix_4(factors, halves(:, :, :, 1), eighths(:, :, :, 1), eighths(:, :, :, 3), &
            eighths(:, :, :, 5), eighths(:, :, :, 7))
        do place = 0, 7
            call synthesis_radix_12(factors, eighths(:, :, :, place), values(:, place), values(:, place + 8), &
                values(:, place + 16), values(:, place + 24), values(:, place + 32), values(:, place + 40), &
                values(:, place + 48), values(:, place + 56), values(:, place + 64), values(:, place + 72), &
                values(:, place + 80), values(:, place + 88))
        end do
    end subroutine fourier_synthesis

    !> Coefficients A_m = 1/96 sum of the values times exp(-i m longitude).
    pure subroutine fourier_analysis(factors, values, coefficients)
        type(fourier_factors), intent(in) :: factors
        real(dp), intent(in) :: values(rows, 0:longitudes - 1)
        real(dp), intent(out) :: coefficients(rows, 2, 0:largest_wavenumber)    ! real and imaginary parts
        real(dp) :: halves(rows, 2, 0:24, 0:1)       ! (, , k', d1)
        real(dp) :: eighths(rows, 2, 0:6, 0:7)       ! (, , k', d1 + 2 d2)
        integer :: place

        do place = 0, 7
            call analysis_radix_12(factors, values(:, place), values(:, place + 8), values(:, place + 16), &
                values(:, place + 24), values(:, place + 32), values(:, place + 40), values(:, place + 48), &
                values(:, place + 56), values(:, place + 64), values(:, place + 72), values(:, place + 80), &
                values(:, place + 88), eighths(:, :, :, place))
        end do
        call analysis_radix_4(factors, eighths(:, :, :, 0), eighths(:, :, :, 2), eighths(:, :, :, 4), &
            eighths(:, :, :, 6), halves(:, :, :, 0))
        call analysis_radix_4(factors, eighths(:, :, :, 1), eighths(:, :, :, 3), eighths(:, :, :, 5), &
            eighths(:, :, :, 7), halves(:, :, :, 1))
        call analysis_radix_2(factors, halves, coefficients)
    end subroutine fourier_analysis

end module fourier_transform
