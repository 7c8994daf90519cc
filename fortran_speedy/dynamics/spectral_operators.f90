!> Differential operators on spectral fields (spec 30, section 7).
!>
!> "Below" and "above" are the neighbours n - 1 and n + 1 of the same m; there is none below n = 0 and none above 31.
module spectral_operators
    use gaussian_latitudes, only: epsilon_coefficient, truncation
    use kinds, only: dp
    implicit none
    private
    public :: operator_factors, new_operator_factors
    public :: laplacian, inverse_laplacian, gradient, winds, curl, divergence

    integer, parameter :: last = truncation + 1     ! n

    !> Factors (m, n); a is the radius of the planet, l = m + n, epsilon that of the Legendre functions.
    type :: operator_factors
        real(dp), allocatable :: laplacian_eigenvalue(:, :)            ! l (l + 1)/a**2
        real(dp), allocatable :: inverse_laplacian_eigenvalue(:, :)    ! its inverse, 0 for l = 0
        real(dp), allocatable :: zonal_derivative(:, :)                ! m/a
        real(dp), allocatable :: gradient_below(:, :)                  ! (l - 1) epsilon(m, l)/a
        real(dp), allocatable :: gradient_above(:, :)                  ! (l + 2) epsilon(m, l + 1)/a
        real(dp), allocatable :: wind_zonal(:, :)                      ! -a m/(l (l + 1)), -a/(m + 1) for n = 0
        real(dp), allocatable :: wind_below(:, :)                      ! -a epsilon(m, l)/l, 0 for n = 0
        real(dp), allocatable :: wind_above(:, :)                      ! -a epsilon(m, l + 1)/(l + 1)
        real(dp), allocatable :: curl_below(:, :)                      ! (l + 1) epsilon(m, l)/a
        real(dp), allocatable :: curl_above(:, :)                      ! l epsilon(m, l + 1)/a
    end type operator_factors

contains

    !> The factors for a planet of radius a, m.
    pure function new_operator_factors(a) result(factors)
        real(dp), intent(in) :: a
        type(operator_factors) :: factors
        real(dp) :: epsilon_here, epsilon_above
        integer :: m, n, l

        allocate (factors%laplacian_eigenvalue(0:truncation, 0:last), source=0.0_dp)
        allocate (factors%inverse_laplacian_eigenvalue, factors%zonal_derivative, factors%gradient_below, &
            factors%gradient_above, factors%wind_zonal, factors%wind_below, factors%wind_above, factors%curl_below, &
            factors%curl_above, source=factors%laplacian_eigenvalue)
        do m = 0, truncation
            do n = 0, last
                l = m + n
                factors%zonal_derivative(m, n) = m/a
                epsilon_here = epsilon_coefficient(m, l)
                epsilon_above = 0.0_dp
                if (n < last) epsilon_above = epsilon_coefficient(m, l + 1)
                factors%laplacian_eigenvalue(m, n) = real(l*(l + 1), dp)/a**2
                if (l > 0) factors%inverse_laplacian_eigenvalue(m, n) = a**2/real(l*(l + 1), dp)
                factors%gradient_below(m, n) = (l - 1)*epsilon_here/a
                factors%gradient_above(m, n) = (l + 2)*epsilon_above/a
                if (n == 0) then
                    factors%wind_zonal(m, n) = -a/(m + 1)
                else
                    factors%wind_zonal(m, n) = -a*m/real(l*(l + 1), dp)
                    factors%wind_below(m, n) = -a*epsilon_here/l
                end if
                factors%wind_above(m, n) = -a*epsilon_above/(l + 1)
                factors%curl_below(m, n) = (l + 1)*epsilon_here/a
                factors%curl_above(m, n) = l*epsilon_above/a
            end do
        end do
    end function new_operator_factors

    !> Laplacian, the unit of the field per m2.
    pure subroutine laplacian(factors, field, result)
        type(operator_factors), intent(in) :: factors
        complex(dp), intent(in) :: field(0:truncation, 0:last)
        complex(dp), intent(out) :: result(0:truncation, 0:last)

        result = -field*factors%laplacian_eigenvalue
    end subroutine laplacian

    !> Field with the given Laplacian and a global mean of zero, its unit times m2.
    pure subroutine inverse_laplacian(factors, field, result)
        type(operator_factors), intent(in) :: factors
        complex(dp), intent(in) :: field(0:truncation, 0:last)
        complex(dp), intent(out) :: result(0:truncation, 0:last)

        result = -field*factors%inverse_laplacian_eigenvalue
    end subroutine inverse_laplacian

    !> Eastward and northward derivative times the cosine of latitude, per m.
    pure subroutine gradient(factors, field, eastward, northward)
        type(operator_factors), intent(in) :: factors
        complex(dp), intent(in) :: field(0:truncation, 0:last)
        complex(dp), dimension(0:truncation, 0:last), intent(out) :: eastward, northward

        eastward = times_i(factors%zonal_derivative*field)
        call meridional(factors%gradient_below, factors%gradient_above, field, northward)
    end subroutine gradient

    !> Eastward and northward wind times the cosine of latitude, m s-1, from vorticity and divergence, s-1.
    pure subroutine winds(factors, vorticity, divergence, eastward, northward)
        type(operator_factors), intent(in) :: factors
        complex(dp), dimension(0:truncation, 0:last), intent(in) :: vorticity, divergence
        complex(dp), dimension(0:truncation, 0:last), intent(out) :: eastward, northward

        call meridional(factors%wind_below, factors%wind_above, vorticity, eastward)
        eastward = times_i(factors%wind_zonal*divergence) - eastward
        call meridional(factors%wind_below, factors%wind_above, divergence, northward)
        northward = times_i(factors%wind_zonal*vorticity) + northward
    end subroutine winds

    !> Curl of a vector whose components were divided by the cosine of latitude and analysed, their unit per m.
    pure subroutine curl(factors, eastward, northward, result)
        type(operator_factors), intent(in) :: factors
        complex(dp), dimension(0:truncation, 0:last), intent(in) :: eastward, northward
        complex(dp), intent(out) :: result(0:truncation, 0:last)

        call meridional(factors%curl_below, factors%curl_above, eastward, result)
        result = times_i(factors%zonal_derivative*northward) - result
    end subroutine curl

    !> Divergence of such a vector.
    pure subroutine divergence(factors, eastward, northward, result)
        type(operator_factors), intent(in) :: factors
        complex(dp), dimension(0:truncation, 0:last), intent(in) :: eastward, northward
        complex(dp), intent(out) :: result(0:truncation, 0:last)

        call meridional(factors%curl_below, factors%curl_above, northward, result)
        result = times_i(factors%zonal_derivative*eastward) + result
    end subroutine divergence

    !> What the neighbours contribute. The factors of those that do not exist are zero.
    pure subroutine meridional(below, above, field, result)
        real(dp), dimension(0:truncation, 0:last), intent(in) :: below, above
        complex(dp), intent(in) :: field(0:truncation, 0:last)
        complex(dp), intent(out) :: result(0:truncation, 0:last)
        integer :: n

        do n = 0, last
            result(:, n) = above(:, n)*field(:, min(n + 1, last)) - below(:, n)*field(:, max(n - 1, 0))
        end do
    end subroutine meridional

    elemental function times_i(z) result(product)
        complex(dp), intent(in) :: z
        complex(dp) :: product

        product = cmplx(-aimag(z), real(z, dp), dp)
    end function times_i

end module spectral_operators
