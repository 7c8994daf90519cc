!> Stochastically perturbed tendencies: random patterns that multiply what the physics computes
!> (spec 26; Palmer et al. 2009, ECMWF Technical Memorandum 598).
!>
!> Each level has its own pattern, a first-order autoregressive process of every spectral coefficient:
!>
!>     c <- phi c + sigma eta ,    r = clip(synthesis of c, +-1) ,    dX = dX_dynamics + (1 + mu r) dX_physics
!>
!> Normal numbers come from the generator of L'Ecuyer (1999), MRG32k3a, by the method of Box and Muller.
!> All state is in the type: instances do not disturb each other, and a copy continues bit for bit.
module sppt_process
    use, intrinsic :: iso_fortran_env, only: int64
    use kinds, only: dp
    use spectral_transform, only: spectral_constants, synthesis, truncation
    implicit none
    private
    public :: sppt_parameters, sppt_state, random_generator
    public :: new_generator, draw_noise
    public :: sppt_autocorrelation, sppt_amplitude
    public :: new_sppt_state, advance_sppt, advance_sppt_with_noise, sppt_pattern, perturb_tendency

    real(dp), parameter :: two_pi = 2.0_dp*acos(-1.0_dp)
    integer(int64), parameter :: modulus_1 = 4294967087_int64
    integer(int64), parameter :: modulus_2 = 4294944443_int64

    type :: sppt_parameters
        real(dp) :: standard_deviation = real(0.33, dp)     ! 1, nominal; the actual one is smaller by sqrt(2)
        real(dp) :: decorrelation_time = 6.0_dp*3600.0_dp   ! s
        real(dp) :: length_scale = 500.0e3_dp               ! m
        real(dp) :: time_step = 2400.0_dp                   ! s, between two calls
        real(dp) :: planet_radius = 6.371e6_dp              ! m
        real(dp) :: tapering = 1.0_dp                       ! 1, weight of the pattern on all levels
        real(dp) :: maximum_noise = 10.0_dp                 ! 1
        real(dp) :: maximum_pattern = 1.0_dp                ! 1
    end type sppt_parameters

    !> Two linear recurrences of third order, and the second number of a pair not yet used.
    type :: random_generator
        integer(int64) :: first(3) = 1_int64
        integer(int64) :: second(3) = 1_int64
    end type random_generator

    !> What is carried from call to call.
    type :: sppt_state
        complex(dp), allocatable :: spectral(:, :, :)       ! (m, n, level), 1
        type(random_generator) :: generator
        logical :: started = .false.
    end type sppt_state

contains

    !> A generator; every seed gives another sequence.
    pure function new_generator(seed) result(generator)
        integer, intent(in) :: seed
        type(random_generator) :: generator
        integer(int64), parameter :: multiplier = 48271_int64, modulus = 2147483647_int64
        integer, parameter :: discarded = 100
        integer(int64) :: x
        real(dp) :: u
        integer :: i

        ! Another congruential generator spreads the seed over the state, zero excluded.
        x = 1_int64 + modulo(int(seed, int64), modulus - 1_int64)
        do i = 1, 3
            x = modulo(multiplier*x, modulus)
            generator%first(i) = x
            x = modulo(multiplier*x, modulus)
            generator%second(i) = x
        end do
        do i = 1, discarded
            call draw_uniform(generator, u)
        end do
    end function new_generator

    !> The next number, uniform in the open interval from 0 to 1.
    pure subroutine draw_uniform(generator, u)
        type(random_generator), intent(inout) :: generator
        real(dp), intent(out) :: u
        integer(int64) :: next_1, next_2, combined

        ! No product exceeds 2**53.
        next_1 = modulo(1403580_int64*generator%first(2) - 810728_int64*generator%first(1), modulus_1)
        next_2 = modulo(527612_int64*generator%second(3) - 1370589_int64*generator%second(1), modulus_2)
        generator%first = [generator%first(2:3), next_1]
        generator%second = [generator%second(2:3), next_2]
        combined = next_1 - next_2
        if (combined <= 0_int64) combined = combined + modulus_1
        u = real(combined, dp)/real(modulus_1 + 1_int64, dp)
    end subroutine draw_uniform

    !> Standard normal real and imaginary parts for all coefficients and levels.
    pure subroutine draw_noise(generator, noise)
        type(random_generator), intent(inout) :: generator
        complex(dp), intent(out) :: noise(0:, 0:, :)        ! (m, n, level), 1
        real(dp) :: u, v, radius
        integer :: m, n, k

        do k = 1, size(noise, 3)
            do n = 0, size(noise, 2) - 1
                do m = 0, size(noise, 1) - 1
                    call draw_uniform(generator, u)
                    call draw_uniform(generator, v)
                    radius = sqrt(-2.0_dp*log(u))
                    noise(m, n, k) = cmplx(radius*cos(two_pi*v), radius*sin(two_pi*v), dp)
                end do
            end do
        end do
    end subroutine draw_noise

    !> Correlation of a coefficient with itself one call ago.
    pure function sppt_autocorrelation(parameters) result(autocorrelation)
        type(sppt_parameters), intent(in) :: parameters
        real(dp) :: autocorrelation

        autocorrelation = exp(-parameters%time_step/parameters%decorrelation_time)
    end function sppt_autocorrelation

    !> Amplitude of the noise added to each coefficient in a call. The factor 2 does not belong to the
    !> normalisation of the spherical harmonics here: the patterns' standard deviation is near
    !> 1/sqrt(2) of the nominal one.
    pure function sppt_amplitude(parameters) result(amplitude)
        type(sppt_parameters), intent(in) :: parameters
        real(dp) :: amplitude(0:truncation, 0:truncation + 1)       ! (m, n), 1
        real(dp) :: scale, variance, factor
        integer :: l, m, n

        scale = (parameters%length_scale/parameters%planet_radius)**2
        variance = 0.0_dp
        do l = 1, truncation
            variance = variance + (2*l + 1)*exp(-0.5_dp*scale*(l*(l + 1)))
        end do
        factor = sqrt(parameters%standard_deviation**2*(1.0_dp - sppt_autocorrelation(parameters)**2)/(2.0_dp*variance))
        do n = 0, truncation + 1
            do m = 0, truncation
                l = m + n
                amplitude(m, n) = factor*exp(-0.25_dp*scale*(l*(l + 1)))
            end do
        end do
    end function sppt_amplitude

    !> The state before the first call.
    pure function new_sppt_state(levels, seed) result(state)
        integer, intent(in) :: levels
        integer, intent(in) :: seed
        type(sppt_state) :: state

        allocate (state%spectral(0:truncation, 0:truncation + 1, levels))
        state%spectral = (0.0_dp, 0.0_dp)
        state%generator = new_generator(seed)
    end function new_sppt_state

    !> The patterns of the next call.
    pure subroutine advance_sppt(parameters, state)
        type(sppt_parameters), intent(in) :: parameters
        type(sppt_state), intent(inout) :: state
        complex(dp) :: noise(0:truncation, 0:truncation + 1, size(state%spectral, 3))

        call draw_noise(state%generator, noise)
        call advance_sppt_with_noise(parameters, noise, state)
    end subroutine advance_sppt

    !> The same for given noise; the first call draws from the stationary distribution.
    pure subroutine advance_sppt_with_noise(parameters, noise, state)
        type(sppt_parameters), intent(in) :: parameters
        complex(dp), intent(in) :: noise(0:, 0:, :)         ! (m, n, level), standard normal before it is limited, 1
        type(sppt_state), intent(inout) :: state
        real(dp) :: amplitude(0:truncation, 0:truncation + 1), autocorrelation
        complex(dp) :: innovation(0:truncation, 0:truncation + 1)
        integer :: k

        amplitude = sppt_amplitude(parameters)
        autocorrelation = sppt_autocorrelation(parameters)
        do k = 1, size(state%spectral, 3)
            innovation = amplitude*limited(parameters%maximum_noise, noise(:, :, k))
            if (state%started) then
                state%spectral(:, :, k) = autocorrelation*state%spectral(:, :, k) + innovation
            else
                state%spectral(:, :, k) = innovation/sqrt(1.0_dp - autocorrelation**2)
            end if
        end do
        state%started = .true.
    end subroutine advance_sppt_with_noise

    !> The patterns on the grid, limited in magnitude.
    pure subroutine sppt_pattern(constants, parameters, state, pattern)
        type(spectral_constants), intent(in) :: constants
        type(sppt_parameters), intent(in) :: parameters
        type(sppt_state), intent(in) :: state
        real(dp), intent(out) :: pattern(:, :, :)           ! (longitude, latitude, level), 1
        integer :: k

        do k = 1, size(state%spectral, 3)
            call synthesis(constants, state%spectral(:, :, k), pattern(:, :, k))
        end do
        pattern = max(-parameters%maximum_pattern, min(parameters%maximum_pattern, pattern))
    end subroutine sppt_pattern

    !> A total tendency of the physics, without the dynamical part, times 1 + mu r.
    pure elemental subroutine perturb_tendency(parameters, pattern, tendency)
        type(sppt_parameters), intent(in) :: parameters
        real(dp), intent(in) :: pattern                     ! 1
        real(dp), intent(inout) :: tendency

        tendency = (1.0_dp + parameters%tapering*pattern)*tendency
    end subroutine perturb_tendency

    !> Real and imaginary part limited in magnitude.
    pure elemental function limited(maximum, noise) result(result_)
        real(dp), intent(in) :: maximum
        complex(dp), intent(in) :: noise
        complex(dp) :: result_

        result_ = cmplx(max(-maximum, min(maximum, real(noise, dp))), max(-maximum, min(maximum, aimag(noise))), dp)
    end function limited

end module sppt_process
