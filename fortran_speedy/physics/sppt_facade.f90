!> Plain-array face of the stochastic patterns, for f90wrap. Nothing is checked here.
!>
!> Arrays are explicit in shape: spectral (m 31, n 32, level, call) as real and imaginary part, grid
!> (longitude 96, latitude 48, level, call). `single_precision_constants` is 1 for the constants and the
!> latitudes of the original, 0 for exact ones.
module sppt_facade
    use formulation, only: formulation_switches
    use kinds, only: dp
    use spectral_transform, only: new_spectral_constants, spectral_constants
    use sppt_process, only: advance_sppt_with_noise, draw_noise, new_generator, new_sppt_state, random_generator
    use sppt_process, only: sppt_amplitude, sppt_autocorrelation, sppt_parameters, sppt_state, perturb_tendency
    use sppt_process, only: grid_pattern => sppt_pattern
    implicit none
    private
    public :: sppt_constants, sppt_noise, sppt_sequence, sppt_perturb

contains

    !> Amplitude (m, n) and autocorrelation (1).
    subroutine sppt_constants(single_precision_constants, amplitude, autocorrelation)
        integer, intent(in) :: single_precision_constants
        real(dp), intent(inout) :: amplitude(31, 32)
        real(dp), intent(inout) :: autocorrelation(1)
        type(sppt_parameters) :: parameters

        parameters = parameters_of(single_precision_constants)
        amplitude = sppt_amplitude(parameters)
        autocorrelation = sppt_autocorrelation(parameters)
    end subroutine sppt_constants

    !> Standard normal numbers of successive calls.
    subroutine sppt_noise(n_levels, n_calls, seed, noise_real, noise_imaginary)
        integer, intent(in) :: n_levels
        integer, intent(in) :: n_calls
        integer, intent(in) :: seed
        real(dp), intent(inout) :: noise_real(31, 32, n_levels, n_calls)
        real(dp), intent(inout) :: noise_imaginary(31, 32, n_levels, n_calls)
        type(random_generator) :: generator
        complex(dp) :: noise(31, 32, n_levels)
        integer :: i

        generator = new_generator(seed)
        do i = 1, n_calls
            call draw_noise(generator, noise)
            noise_real(:, :, :, i) = real(noise, dp)
            noise_imaginary(:, :, :, i) = aimag(noise)
        end do
    end subroutine sppt_noise

    !> Coefficients and patterns of successive calls for given noise.
    subroutine sppt_sequence(n_levels, n_calls, single_precision_constants, noise_real, noise_imaginary, &
            spectral_real, spectral_imaginary, pattern)
        integer, intent(in) :: n_levels
        integer, intent(in) :: n_calls
        integer, intent(in) :: single_precision_constants
        real(dp), intent(in) :: noise_real(31, 32, n_levels, n_calls)
        real(dp), intent(in) :: noise_imaginary(31, 32, n_levels, n_calls)
        real(dp), intent(inout) :: spectral_real(31, 32, n_levels, n_calls)
        real(dp), intent(inout) :: spectral_imaginary(31, 32, n_levels, n_calls)
        real(dp), intent(inout) :: pattern(96, 48, n_levels, n_calls)
        type(formulation_switches) :: formulation
        type(spectral_constants) :: constants
        type(sppt_parameters) :: parameters
        type(sppt_state) :: state
        integer :: i

        formulation%single_precision_constants = single_precision_constants /= 0
        formulation%latitudes_are_approximate = single_precision_constants /= 0
        constants = new_spectral_constants(formulation)
        parameters = parameters_of(single_precision_constants)
        state = new_sppt_state(n_levels, seed=0)
        do i = 1, n_calls
            call advance_sppt_with_noise(parameters, cmplx(noise_real(:, :, :, i), noise_imaginary(:, :, :, i), dp), state)
            spectral_real(:, :, :, i) = real(state%spectral, dp)
            spectral_imaginary(:, :, :, i) = aimag(state%spectral)
            call grid_pattern(constants, parameters, state, pattern(:, :, :, i))
        end do
    end subroutine sppt_sequence

    !> Tendencies of the physics with their pattern applied.
    subroutine sppt_perturb(n_levels, single_precision_constants, pattern, tendency)
        integer, intent(in) :: n_levels
        integer, intent(in) :: single_precision_constants
        real(dp), intent(in) :: pattern(96, 48, n_levels)
        real(dp), intent(inout) :: tendency(96, 48, n_levels)

        call perturb_tendency(parameters_of(single_precision_constants), pattern, tendency)
    end subroutine sppt_perturb

    pure function parameters_of(single_precision_constants) result(parameters)
        integer, intent(in) :: single_precision_constants
        type(sppt_parameters) :: parameters

        if (single_precision_constants == 0) parameters%standard_deviation = 0.33_dp
    end function parameters_of

end module sppt_facade
