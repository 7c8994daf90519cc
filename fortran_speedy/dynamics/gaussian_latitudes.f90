!> Latitudes, quadrature weights and associated Legendre functions (spec 30, sections 1 and 3).
!>
!> Only northern rows are kept, from the pole to the equator; southern ones mirror them.
module gaussian_latitudes
    use kinds, only: dp, sp
    implicit none
    private
    public :: gaussian_row, legendre_functions, epsilon_coefficient

    integer, parameter, public :: truncation = 30
    integer, parameter, public :: latitudes = 48

    real(dp), parameter :: pi = acos(-1.0_dp)
    real(dp), parameter :: newton_converged = 3.0e-16_dp
    integer, parameter :: most_iterations = 10
    real(dp), parameter :: negligible = real(1.0e-30, dp)

contains

    !> Sine of latitude and weight 2/((1 - z**2) P'(z)**2) of a row, by Newton's method. The original keeps the first
    !> guess of the sine, in single precision, and its P' belongs to the iterate before the node it ends with.
    pure subroutine gaussian_row(row, single, approximate, sine_latitude, weight)
        integer, intent(in) :: row     ! 1 next to the pole
        logical, intent(in) :: single
        logical, intent(in) :: approximate
        real(dp), intent(out) :: sine_latitude, weight
        real(dp) :: node, value, slope, step
        integer :: iteration

        node = cos(first_guess(row))
        do iteration = 1, most_iterations
            call legendre_polynomial(node, value, slope)
            step = value/slope
            node = node - step
            if (abs(step) <= newton_converged) exit
        end do
        if (.not. single) call legendre_polynomial(node, value, slope)
        weight = 2.0_dp/((1.0_dp - node**2)*slope**2)
        if (.not. approximate) then
            sine_latitude = node
        else if (single) then
            sine_latitude = real(real(cos(first_guess(row)), sp), dp)
        else
            sine_latitude = cos(pi*(row - 0.25_dp)/(latitudes + 0.5_dp))
        end if
    end subroutine gaussian_row

    !> Associated Legendre functions (m, n), normalised to an integral of P**2 over -1 ... 1 of 1, by recurrence
    !> in l = m + n. In single precision their starting values are so; what is below 1e-30 becomes zero.
    pure function legendre_functions(sine, cosine, single) result(p)
        real(dp), intent(in) :: sine, cosine
        logical, intent(in) :: single
        real(dp) :: p(0:truncation, 0:truncation + 1)
        real(dp) :: diagonal, factor
        integer :: m, n

        diagonal = sqrt(0.5_dp)
        if (single) diagonal = real(sqrt(0.5), dp)
        do m = 0, truncation
            if (m > 0) then
                factor = sqrt((2*m + 1)/(2.0_dp*m))
                if (single) factor = real(sqrt(0.5*(2*m + 1)/m), dp)
                diagonal = diagonal*(factor*cosine)
            end if
            p(m, 0) = diagonal
            p(m, 1) = sine*diagonal*(1.0_dp/epsilon_coefficient(m, m + 1))
            do n = 2, truncation + 1
                p(m, n) = (sine*p(m, n - 1) - epsilon_coefficient(m, m + n - 1)*p(m, n - 2)) &
                    *(1.0_dp/epsilon_coefficient(m, m + n))
            end do
        end do
        where (abs(p) <= negligible) p = 0.0_dp
    end function legendre_functions

    !> Coefficient of the recurrence, sqrt((l**2 - m**2)/(4 l**2 - 1)); 0 for l = 0, too.
    pure function epsilon_coefficient(m, l) result(coefficient)
        integer, intent(in) :: m, l
        real(dp) :: coefficient

        coefficient = sqrt(real(l**2 - m**2, dp)/abs(4.0_dp*l**2 - 1.0_dp))
    end function epsilon_coefficient

    !> Asymptotic colatitude of a row, rad: numerator, quotient and pi in single precision.
    pure function first_guess(row) result(colatitude)
        integer, intent(in) :: row     ! 1 next to the pole
        real(dp) :: colatitude

        colatitude = real((real(pi, sp)*(row - 0.25))/(latitudes + 0.5), dp)
    end function first_guess

    !> Legendre polynomial of degree 48 and its derivative.
    pure subroutine legendre_polynomial(z, value, slope)
        real(dp), intent(in) :: z
        real(dp), intent(out) :: value, slope
        real(dp) :: previous, before_previous
        integer :: degree

        value = 1.0_dp
        previous = 0.0_dp
        do degree = 1, latitudes
            before_previous = previous
            previous = value
            value = ((2*degree - 1)*z*previous - (degree - 1)*before_previous)/degree
        end do
        slope = latitudes*(z*value - previous)/(z**2 - 1.0_dp)
    end subroutine legendre_polynomial

end module gaussian_latitudes
