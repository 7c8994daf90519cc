!> Spherical harmonics: synthesis (spectral to grid), analysis (grid to spectral), truncation (spec 30).
!>
!> Spectral fields are complex (m, n): zonal wavenumber m = 0 ... 30, total wavenumber l = m + n with
!> n = 0 ... 31. Fields on the grid are (longitude, latitude), from Greenwich eastwards and from south
!> to north.
module spectral_transform
    use formulation, only: formulation_switches
    use kinds, only: dp, sp
    implicit none
    private
    public :: spectral_constants, new_spectral_constants
    public :: synthesis, analysis, truncate

    integer, parameter, public :: truncation = 30
    integer, parameter, public :: longitudes = 96
    integer, parameter, public :: latitudes = 48

    integer, parameter :: hemisphere = latitudes/2
    real(dp), parameter :: pi = acos(-1.0_dp)
    real(dp), parameter :: newton_converged = 3.0e-16_dp
    integer, parameter :: most_iterations = 10
    real(dp), parameter :: negligible = real(1.0e-30, dp)
    !> Stages of the original's fast Fourier transform.
    integer, parameter :: radices(4) = [2, 4, 4, 3]

    !> Grid and transforms. Northern rows are counted from the pole to the equator.
    type :: spectral_constants
        real(dp), allocatable :: sine_latitude(:)        ! (row), northern
        real(dp), allocatable :: cosine_latitude(:)      ! (row), northern
        real(dp), allocatable :: gaussian_weight(:)      ! (row), the sum is 1
        real(dp), allocatable :: legendre(:, :, :)       ! (m, n, row)
        complex(dp), allocatable :: kernel(:, :)         ! (longitude, m), exp(i m longitude)
        real(dp) :: analysis_scale = 0.0_dp              ! 1/96
    end type spectral_constants

contains

    !> The constants of the original, or exact ones.
    pure function new_spectral_constants(formulation) result(constants)
        type(formulation_switches), intent(in) :: formulation
        type(spectral_constants) :: constants
        real(dp) :: node
        logical :: single
        integer :: row, i, m

        single = formulation%single_precision_constants
        allocate (constants%sine_latitude(hemisphere), constants%gaussian_weight(hemisphere))
        do row = 1, hemisphere
            call gaussian_row(row, single, node, constants%gaussian_weight(row))
            if (single) node = real(real(cos(first_guess(row)), sp), dp)
            constants%sine_latitude(row) = node
        end do
        allocate (constants%cosine_latitude, source=sqrt(1.0_dp - constants%sine_latitude**2))

        allocate (constants%legendre(0:truncation, 0:truncation + 1, hemisphere))
        do row = 1, hemisphere
            constants%legendre(:, :, row) = &
                legendre_functions(constants%sine_latitude(row), constants%cosine_latitude(row), single)
        end do

        allocate (constants%kernel(0:longitudes - 1, 0:truncation))
        do m = 0, truncation
            do i = 0, longitudes - 1
                if (single) then
                    constants%kernel(i, m) = staged_kernel(i, m)
                else
                    constants%kernel(i, m) = root_of_unity(i*m, longitudes, sqrt(0.5_dp), sqrt(0.75_dp))
                end if
            end do
        end do
        constants%analysis_scale = 1.0_dp/longitudes
        if (single) constants%analysis_scale = real(1.0/96.0, dp)
    end function new_spectral_constants

    !> Values on the grid; coefficients with l > 31 and the imaginary part of m = 0 are ignored.
    pure subroutine synthesis(constants, spectral, grid)
        type(spectral_constants), intent(in) :: constants
        complex(dp), intent(in) :: spectral(0:, 0:)     ! (m, n)
        real(dp), intent(out) :: grid(:, :)             ! (longitude, latitude), unit of the coefficients
        complex(dp) :: even, odd
        complex(dp), dimension(0:truncation) :: north, south
        integer :: row, m, n

        do row = 1, hemisphere
            do m = 0, truncation
                even = (0.0_dp, 0.0_dp)
                odd = (0.0_dp, 0.0_dp)
                do n = 0, truncation + 1 - m, 2
                    even = even + spectral(m, n)*constants%legendre(m, n, row)
                end do
                do n = 1, truncation + 1 - m, 2
                    odd = odd + spectral(m, n)*constants%legendre(m, n, row)
                end do
                north(m) = even + odd
                south(m) = even - odd
            end do
            grid(:, latitudes + 1 - row) = fourier_synthesis(constants, north)
            grid(:, row) = fourier_synthesis(constants, south)
        end do
    end subroutine synthesis

    !> Coefficients for l <= 31 without (m = 0, l = 31), zero elsewhere; real for m = 0.
    pure subroutine analysis(constants, grid, spectral)
        type(spectral_constants), intent(in) :: constants
        real(dp), intent(in) :: grid(:, :)                ! (longitude, latitude)
        complex(dp), intent(out) :: spectral(0:, 0:)      ! (m, n)
        complex(dp), dimension(0:truncation) :: north, south
        integer :: row, m, n
        integer :: sign_in_south

        spectral = (0.0_dp, 0.0_dp)
        do row = 1, hemisphere
            north = constants%gaussian_weight(row)*fourier_analysis(constants, grid(:, latitudes + 1 - row))
            south = constants%gaussian_weight(row)*fourier_analysis(constants, grid(:, row))
            do n = 0, truncation
                sign_in_south = merge(1, -1, mod(n, 2) == 0)
                do m = 0, min(truncation, truncation + 1 - n)
                    spectral(m, n) = spectral(m, n) &
                        + (north(m) + sign_in_south*south(m))*constants%legendre(m, n, row)
                end do
            end do
        end do
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

    !> One row from its Fourier coefficients.
    pure function fourier_synthesis(constants, coefficients) result(values)
        type(spectral_constants), intent(in) :: constants
        complex(dp), intent(in) :: coefficients(0:)
        real(dp) :: values(longitudes)
        integer :: m

        values = 0.0_dp
        do m = truncation, 1, -1
            values = values + real(coefficients(m), dp)*real(constants%kernel(:, m), dp) &
                - aimag(coefficients(m))*aimag(constants%kernel(:, m))
        end do
        values = real(coefficients(0), dp) + 2.0_dp*values
    end function fourier_synthesis

    !> Fourier coefficients of one row.
    pure function fourier_analysis(constants, values) result(coefficients)
        type(spectral_constants), intent(in) :: constants
        real(dp), intent(in) :: values(:)
        complex(dp) :: coefficients(0:truncation)
        integer :: m

        do m = 0, truncation
            coefficients(m) = constants%analysis_scale*sum(values*conjg(constants%kernel(:, m)))
        end do
    end function fourier_analysis

    !> Associated Legendre functions, normalised to an integral of P**2 over -1 ... 1 of 1, by recurrence
    !> in l. In single precision their starting values are so; what is below 1e-30 becomes zero.
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

    !> Coefficient of the recurrence, sqrt((l**2 - m**2)/(4 l**2 - 1)).
    pure function epsilon_coefficient(m, l) result(coefficient)
        integer, intent(in) :: m, l
        real(dp) :: coefficient

        coefficient = sqrt(real(l**2 - m**2, dp)/(4.0_dp*l**2 - 1.0_dp))
    end function epsilon_coefficient

    !> Asymptotic colatitude of a row, rad: numerator, quotient and pi in single precision.
    pure function first_guess(row) result(colatitude)
        integer, intent(in) :: row     ! 1 next to the pole
        real(dp) :: colatitude

        colatitude = real((real(pi, sp)*(row - 0.25))/(latitudes + 0.5), dp)
    end function first_guess

    !> Node and weight 2/((1 - z**2) P'(z)**2) by Newton's method. In the original P' belongs to the
    !> iterate before the node it ends with.
    pure subroutine gaussian_row(row, single, node, weight)
        integer, intent(in) :: row     ! 1 next to the pole
        logical, intent(in) :: single
        real(dp), intent(out) :: node, weight
        real(dp) :: value, slope, step
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
    end subroutine gaussian_row

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

    !> exp(i m longitude) as the product of what the stages of the original's fast Fourier transform
    !> apply, single-precision values of 2 pi, sqrt(2) and sqrt(3) included.
    !>
    !> A stage of radix p takes digit d of the longitude index in mixed radix. It turns wavenumber k of
    !> its input, of length L, into wavenumber k' of its output, of length L' = L/p and k = k' + q L':
    !> the factor is exp(2 pi i d q/p) times the twiddle factor exp(2 pi i d k'/L).
    pure function staged_kernel(longitude, m) result(kernel)
        integer, intent(in) :: longitude, m     ! counted from 0
        complex(dp) :: kernel
        real(dp), parameter :: half_root_2 = real(sqrt(2.0), dp)/2.0_dp
        real(dp), parameter :: half_root_3 = real(0.5*sqrt(3.0), dp)
        real(dp), parameter :: unit_angle = real(real(2.0_dp*pi, sp), dp)/longitudes
        real(dp) :: angle
        integer :: stage, radix, remaining, digit, k, q, rest, length, output_length, stride

        kernel = (1.0_dp, 0.0_dp)
        remaining = longitude
        k = m
        length = longitudes
        stride = 1
        do stage = 1, size(radices)
            radix = radices(stage)
            digit = mod(remaining, radix)
            remaining = remaining/radix
            output_length = length/radix
            ! The nearest multiple, upwards from halfway.
            q = (2*k + output_length - modulo(2*k + output_length, 2*output_length))/(2*output_length)
            rest = k - q*output_length
            if (2*abs(rest) == output_length) then
                kernel = kernel*root_of_unity(digit*k, length, half_root_2, half_root_3)
            else
                angle = rest*(digit*stride*unit_angle)
                kernel = kernel*root_of_unity(digit*q, radix, half_root_2, half_root_3)
                kernel = kernel*cmplx(cos(angle), sin(angle), dp)
            end if
            k = rest
            length = output_length
            stride = stride*radix
        end do
    end function staged_kernel

    !> exp(2 pi i k/n), the multiples of 45 and 60 degrees from the given cos 45 and sin 60.
    pure function root_of_unity(k, n, half_root_2, half_root_3) result(root)
        integer, intent(in) :: k, n
        real(dp), intent(in) :: half_root_2, half_root_3
        complex(dp) :: root
        real(dp) :: cosines_45(0:7), cosines_60(0:5), sines_60(0:5)
        integer :: position

        position = modulo(k, n)
        if (mod(8*position, n) == 0) then
            cosines_45 = [1.0_dp, half_root_2, 0.0_dp, -half_root_2, -1.0_dp, -half_root_2, 0.0_dp, half_root_2]
            position = 8*position/n
            root = cmplx(cosines_45(position), cosines_45(modulo(position - 2, 8)), dp)
        else if (mod(6*position, n) == 0) then
            cosines_60 = [1.0_dp, 0.5_dp, -0.5_dp, -1.0_dp, -0.5_dp, 0.5_dp]
            sines_60 = half_root_3*[0, 1, 1, 0, -1, -1]
            position = 6*position/n
            root = cmplx(cosines_60(position), sines_60(position), dp)
        else
            root = cmplx(cos(2.0_dp*pi*position/n), sin(2.0_dp*pi*position/n), dp)
        end if
    end function root_of_unity

end module spectral_transform
