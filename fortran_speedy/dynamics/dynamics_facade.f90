!> Plain-array face of the dynamics, for f90wrap; layout of the arrays: plain_arrays.
!>
!> Nothing is checked here. Grids are maps (longitude 96, latitude 48, ...).
module dynamics_facade
    use dynamics_core, only: dynamics_step, initial_atmosphere, new_step_constants, range_diagnostics, speedy_core, &
        step_constants
    use horizontal_diffusion, only: diffuse
    use hydrostatic_geopotential, only: hydrostatic => geopotential
    use kinds, only: dp
    use nonlinear_tendencies, only: add_nonlinear_terms, advection_workspace, evaluate_on_grid, &
        tendencies_in_spectral_space
    use plain_arrays, only: complex_of, core_of, pack_state, parts_of, state_of
    use prognostic_fields, only: grid_tendencies, new_grid_tendencies, new_prognostic_state, prognostic_state
    use semi_implicit, only: add_linear_terms, implicit_correction
    use spectral_transform, only: map_of_blocks
    implicit none
    private
    public :: geopotential, semi_implicit_constants, diffusion_constants, diffuse_field
    public :: initial_state, gridpoint_stage, implicit_stage, step, range_check_fields

contains

    !> Geopotential of one state.
    subroutine geopotential(n_switches, n_numbers, switches, numbers, temperature, surface_geopotential, result)
        integer, intent(in) :: n_switches, n_numbers
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: temperature(2, 31, 32, 8)
        real(dp), intent(in) :: surface_geopotential(2, 31, 32)
        real(dp), intent(inout) :: result(2, 31, 32, 8)
        type(speedy_core) :: core
        complex(dp), allocatable :: t(:, :, :), phi(:, :, :)
        integer :: k

        core = core_of(switches, numbers)
        allocate (t(31, 32, 8), phi(31, 32, 8))
        do k = 1, 8
            t(:, :, k) = complex_of(temperature(:, :, :, k))
        end do
        call hydrostatic(core%hydrostatics, t, complex_of(surface_geopotential), phi)
        do k = 1, 8
            result(:, :, :, k) = parts_of(phi(:, :, k))
        end do
    end subroutine geopotential

    !> Reference profile and matrices for one length of the step, in the letters of spec 33.
    subroutine semi_implicit_constants(n_switches, n_numbers, switches, numbers, time_step, profiles, matrix_a, matrix_b, &
            matrix_c, matrix_h, matrix_e, helmholtz_factor, inverse_matrix, xi_thickness)
        integer, intent(in) :: n_switches, n_numbers
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: time_step
        real(dp), intent(inout) :: profiles(8, 4)     ! T, R T, kappa T, kappa T/(2 sigma)
        real(dp), intent(inout) :: matrix_a(8, 7)
        real(dp), intent(inout) :: matrix_b(7, 8)
        real(dp), intent(inout) :: matrix_c(8, 8)
        real(dp), intent(inout) :: matrix_h(8, 8)
        real(dp), intent(inout) :: matrix_e(8, 8)
        real(dp), intent(inout) :: helmholtz_factor(31, 32)
        real(dp), intent(inout) :: inverse_matrix(31, 8, 8)
        real(dp), intent(inout) :: xi_thickness(8)
        type(speedy_core) :: core
        type(step_constants) :: constants

        core = core_of(switches, numbers)
        constants = new_step_constants(core, time_step)
        associate (profile => core%reference)
            profiles(:, 1) = profile%temperature
            profiles(:, 2) = profile%gas_constant
            profiles(:, 3) = profile%kappa
            profiles(:, 4) = profile%half_kappa_over_sigma
            matrix_a = profile%temperature_advection
            matrix_b = profile%sigma_velocity
            matrix_c = profile%temperature_tendency
            matrix_h = profile%hydrostatic
            matrix_e = profile%wave_operator
        end associate
        helmholtz_factor = constants%implicit%helmholtz_factor
        inverse_matrix = constants%implicit%inverse(1:31, :, :)
        xi_thickness = constants%implicit%xi*core%layers%sigma_thickness
    end subroutine semi_implicit_constants

    !> Rates and implicit factors (vorticity and temperature, divergence and humidity, stratospheric), profiles of
    !> the orographic correction (temperature, humidity).
    subroutine diffusion_constants(n_switches, n_numbers, switches, numbers, time_step, rates, factors, profiles)
        integer, intent(in) :: n_switches, n_numbers
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: time_step
        real(dp), intent(inout) :: rates(31, 32, 3)
        real(dp), intent(inout) :: factors(31, 32, 3)
        real(dp), intent(inout) :: profiles(8, 2)
        type(speedy_core) :: core
        type(step_constants) :: constants

        core = core_of(switches, numbers)
        constants = new_step_constants(core, time_step)
        rates(:, :, 1) = core%damping%vorticity_temperature
        rates(:, :, 2) = core%damping%divergence_humidity
        rates(:, :, 3) = core%damping%stratospheric
        factors(:, :, 1) = constants%damping%vorticity_temperature
        factors(:, :, 2) = constants%damping%divergence_humidity
        factors(:, :, 3) = constants%damping%stratospheric
        profiles(:, 1) = core%damping%temperature_profile
        profiles(:, 2) = core%damping%humidity_profile
    end subroutine diffusion_constants

    !> Damp the tendency of temperature once.
    subroutine diffuse_field(n_switches, n_numbers, switches, numbers, time_step, field, tendency, result)
        integer, intent(in) :: n_switches, n_numbers
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: time_step
        real(dp), intent(in) :: field(2, 31, 32)
        real(dp), intent(in) :: tendency(2, 31, 32)
        real(dp), intent(inout) :: result(2, 31, 32)
        type(speedy_core) :: core
        type(step_constants) :: constants
        complex(dp) :: x(31, 32)

        core = core_of(switches, numbers)
        constants = new_step_constants(core, time_step)
        x = complex_of(tendency)
        call diffuse(core%damping%vorticity_temperature, constants%damping%vorticity_temperature, complex_of(field), x)
        result = parts_of(x)
    end subroutine diffuse_field

    !> Atmosphere at rest.
    subroutine initial_state(n_switches, n_numbers, switches, numbers, surface_geopotential_unfiltered, state, &
            surface_geopotential, surface_geopotential_filtered)
        integer, intent(in) :: n_switches, n_numbers
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: surface_geopotential_unfiltered(96, 48)
        real(dp), intent(inout) :: state(2, 31, 32, 33)
        real(dp), intent(inout) :: surface_geopotential(2, 31, 32)
        real(dp), intent(inout) :: surface_geopotential_filtered(96, 48)
        type(speedy_core) :: core
        type(prognostic_state) :: at_rest
        complex(dp) :: x(31, 32)

        core = core_of(switches, numbers)
        call initial_atmosphere(core, surface_geopotential_unfiltered, at_rest, x, surface_geopotential_filtered)
        call pack_state(at_rest, state)
        surface_geopotential = parts_of(x)
    end subroutine initial_state

    !> The advecting time level on the grid and its nonlinear tendencies, without physics.
    subroutine gridpoint_stage(n_switches, n_numbers, switches, numbers, state, level_fields, half_level_fields, &
            surface_fields, tendency)
        integer, intent(in) :: n_switches, n_numbers
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: state(2, 31, 32, 33)
        !> u, v, absolute vorticity, T, tendencies of u, v, T, q
        real(dp), intent(inout) :: level_fields(96, 48, 8, 8)
        !> sigma velocity, its advective part
        real(dp), intent(inout) :: half_level_fields(96, 48, 9, 2)
        !> pressure gradient x, y, vertical means of u, v, divergence
        real(dp), intent(inout) :: surface_fields(96, 48, 5)
        real(dp), intent(inout) :: tendency(2, 31, 32, 33)
        type(speedy_core) :: core
        type(advection_workspace), allocatable :: work
        type(prognostic_state) :: spectral
        integer :: k

        core = core_of(switches, numbers)
        allocate (work)
        call evaluate_on_grid(core, state_of(state), new_grid_tendencies(8), work)
        call add_nonlinear_terms(core, work)
        do k = 1, 8
            call map_of_blocks(work%eastward_wind(:, :, :, k), level_fields(:, :, k, 1))
            call map_of_blocks(work%northward_wind(:, :, :, k), level_fields(:, :, k, 2))
            call map_of_blocks(work%absolute_vorticity(:, :, :, k), level_fields(:, :, k, 3))
            call map_of_blocks(work%temperature(:, :, :, k), level_fields(:, :, k, 4))
            call map_of_blocks(work%eastward_wind_tendency(:, :, :, k), level_fields(:, :, k, 5))
            call map_of_blocks(work%northward_wind_tendency(:, :, :, k), level_fields(:, :, k, 6))
            call map_of_blocks(work%temperature_tendency(:, :, :, k), level_fields(:, :, k, 7))
            call map_of_blocks(work%specific_humidity_tendency(:, :, :, k), level_fields(:, :, k, 8))
        end do
        do k = 1, 9
            call map_of_blocks(work%sigma_velocity(:, :, :, k), half_level_fields(:, :, k, 1))
            call map_of_blocks(work%sigma_velocity_advective(:, :, :, k), half_level_fields(:, :, k, 2))
        end do
        call map_of_blocks(work%pressure_gradient_x, surface_fields(:, :, 1))
        call map_of_blocks(work%pressure_gradient_y, surface_fields(:, :, 2))
        call map_of_blocks(work%mean_eastward_wind, surface_fields(:, :, 3))
        call map_of_blocks(work%mean_northward_wind, surface_fields(:, :, 4))
        call map_of_blocks(work%mean_divergence, surface_fields(:, :, 5))
        spectral = new_prognostic_state(8)
        call tendencies_in_spectral_space(core, work, spectral)
        call pack_state(spectral, tendency)
    end subroutine gridpoint_stage

    !> Tendencies with linear terms and semi-implicit correction.
    subroutine implicit_stage(n_switches, n_numbers, switches, numbers, time_step, earlier, surface_geopotential, tendency)
        integer, intent(in) :: n_switches, n_numbers
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: time_step
        real(dp), intent(in) :: earlier(2, 31, 32, 33)
        real(dp), intent(in) :: surface_geopotential(2, 31, 32)
        real(dp), intent(inout) :: tendency(2, 31, 32, 33)
        type(speedy_core) :: core
        type(step_constants) :: constants
        type(prognostic_state) :: spectral

        core = core_of(switches, numbers)
        constants = new_step_constants(core, time_step)
        spectral = state_of(tendency)
        call add_linear_terms(core%layers, core%operators, core%hydrostatics, core%reference, state_of(earlier), &
            complex_of(surface_geopotential), spectral)
        call implicit_correction(core%layers, core%reference, constants%implicit, spectral)
        call pack_state(spectral, tendency)
    end subroutine implicit_stage

    !> Several steps of one kind and length, with tendencies of the physics (u, v, T, q) that stay the same.
    subroutine step(n_switches, n_numbers, switches, numbers, time_step, start_kind, n_steps, earlier, later, &
            surface_geopotential, temperature_correction, humidity_correction, physics, sigma_velocity)
        integer, intent(in) :: n_switches, n_numbers
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: time_step
        integer, intent(in) :: start_kind
        integer, intent(in) :: n_steps
        real(dp), intent(inout) :: earlier(2, 31, 32, 33)
        real(dp), intent(inout) :: later(2, 31, 32, 33)
        real(dp), intent(in) :: surface_geopotential(2, 31, 32)
        real(dp), intent(in) :: temperature_correction(2, 31, 32)
        real(dp), intent(in) :: humidity_correction(2, 31, 32)
        real(dp), intent(in) :: physics(96, 48, 8, 4)
        real(dp), intent(inout) :: sigma_velocity(96, 48, 9)
        type(speedy_core) :: core
        type(step_constants) :: constants
        type(prognostic_state) :: first, second
        type(grid_tendencies) :: tendencies
        integer :: i

        core = core_of(switches, numbers)
        constants = new_step_constants(core, time_step)
        first = state_of(earlier)
        second = state_of(later)
        tendencies = new_grid_tendencies(8)
        tendencies%eastward_wind = physics(:, :, :, 1)
        tendencies%northward_wind = physics(:, :, :, 2)
        tendencies%temperature = physics(:, :, :, 3)
        tendencies%specific_humidity = physics(:, :, :, 4)
        do i = 1, n_steps
            call dynamics_step(core, constants, start_kind, first, second, complex_of(surface_geopotential), &
                complex_of(temperature_correction), complex_of(humidity_correction), tendencies, sigma_velocity)
        end do
        call pack_state(first, earlier)
        call pack_state(second, later)
    end subroutine step

    !> Diagnostics of the range check.
    subroutine range_check_fields(n_switches, n_numbers, switches, numbers, state, mean_temperature, rotational_energy, &
            divergent_energy)
        integer, intent(in) :: n_switches, n_numbers
        integer, intent(in) :: switches(n_switches)
        real(dp), intent(in) :: numbers(n_numbers)
        real(dp), intent(in) :: state(2, 31, 32, 33)
        real(dp), intent(inout) :: mean_temperature(8)
        real(dp), intent(inout) :: rotational_energy(8)
        real(dp), intent(inout) :: divergent_energy(8)

        call range_diagnostics(core_of(switches, numbers), state_of(state), mean_temperature, rotational_energy, &
            divergent_energy)
    end subroutine range_check_fields

end module dynamics_facade
