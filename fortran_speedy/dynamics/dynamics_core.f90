!> The dynamical core of the original: everything about the atmosphere but the column physics (specs 30 to 36).
!>
!> A core and the constants of a time step never change once made, so that any number of models can share them.
module dynamics_core
    use core_constants, only: new_speedy_core, new_step_constants, speedy_core, step_constants
    use horizontal_diffusion, only: diffuse_tendencies
    use hydrostatic_geopotential, only: geopotential
    use kinds, only: dp
    use nonlinear_tendencies, only: add_nonlinear_terms, advection_workspace, evaluate_on_grid, &
        tendencies_in_spectral_space
    use prognostic_fields, only: grid_fields, grid_tendencies, new_prognostic_state, prognostic_state
    use range_check, only: range_diagnostics
    use rest_atmosphere, only: initial_atmosphere
    use semi_implicit, only: add_linear_terms, implicit_correction
    use spectral_operators, only: winds
    use spectral_transform, only: longitudes, map_of_blocks, rows, synthesis, synthesis_on_blocks, truncation
    use time_stepping, only: forward_step, leapfrog_step
    implicit none
    private
    public :: speedy_core, new_speedy_core
    public :: step_constants, new_step_constants
    public :: state_on_grid, dynamics_step, initial_atmosphere, range_diagnostics
    public :: step_half, step_first, step_leapfrog

    !> Kinds of step (spec 35, sections 1 and 2): tendencies of the earlier level over half a time step, of the later
    !> one over a whole time step from the earlier (both leave the earlier level alone), filtered leapfrog step over two.
    integer, parameter :: step_half = 1
    integer, parameter :: step_first = 2
    integer, parameter :: step_leapfrog = 3

contains

    !> A time level on the grid, with its geopotential; all fields are overwritten (spec 31, 32).
    pure subroutine state_on_grid(core, state, surface_geopotential, fields)
        type(speedy_core), intent(in) :: core
        type(prognostic_state), intent(in) :: state
        complex(dp), intent(in) :: surface_geopotential(0:, 0:)      ! (m, n), m2 s-2
        type(grid_fields), intent(inout) :: fields                   ! from new_grid_fields
        complex(dp), dimension(0:truncation, 0:truncation + 1) :: u, v
        complex(dp), allocatable :: phi(:, :, :)
        real(dp) :: blocks(rows, longitudes, 2)
        integer :: k

        allocate (phi, mold=state%temperature)
        call geopotential(core%hydrostatics, state%temperature, surface_geopotential, phi)
        do k = 1, core%layers%levels
            call winds(core%operators, state%vorticity(:, :, k), state%divergence(:, :, k), u, v)
            call synthesis_on_blocks(core%transform, u, .true., blocks)
            call map_of_blocks(blocks, fields%eastward_wind(:, :, k))
            call synthesis_on_blocks(core%transform, v, .true., blocks)
            call map_of_blocks(blocks, fields%northward_wind(:, :, k))
            call synthesis(core%transform, state%temperature(:, :, k), fields%temperature(:, :, k))
            call synthesis(core%transform, state%specific_humidity(:, :, k), fields%specific_humidity(:, :, k))
            call synthesis(core%transform, phi(:, :, k), fields%geopotential(:, :, k))
        end do
        call synthesis(core%transform, state%log_normalized_surface_pressure, fields%log_normalized_surface_pressure)
    end subroutine state_on_grid

    !> One step of the dynamics (spec 35); physics_tendencies, of the earlier level, are added on the grid.
    pure subroutine dynamics_step(core, constants, start_kind, earlier, later, surface_geopotential, &
            temperature_correction, humidity_correction, physics_tendencies, sigma_velocity)
        type(speedy_core), intent(in) :: core
        type(step_constants), intent(in) :: constants                ! for this kind of step
        integer, intent(in) :: start_kind                            ! step_half, step_first or step_leapfrog
        type(prognostic_state), intent(inout) :: earlier, later      ! step_half ignores what later holds
        complex(dp), intent(in) :: surface_geopotential(0:, 0:)      ! (m, n), m2 s-2
        complex(dp), intent(in) :: temperature_correction(0:, 0:)    ! (m, n), K
        complex(dp), intent(in) :: humidity_correction(0:, 0:)       ! (m, n), g kg-1
        type(grid_tendencies), intent(in) :: physics_tendencies
        real(dp), intent(out) :: sigma_velocity(:, :, :)   ! (longitude, latitude, half level), s-1, of the advecting level
        type(advection_workspace), allocatable :: work
        type(prognostic_state) :: tendency
        integer :: k

        allocate (work)
        tendency = new_prognostic_state(core%layers%levels)
        if (start_kind == step_half) then
            call evaluate_on_grid(core, earlier, physics_tendencies, work)
        else
            call evaluate_on_grid(core, later, physics_tendencies, work)
        end if
        call add_nonlinear_terms(core, work)
        do k = 1, core%layers%levels + 1
            call map_of_blocks(work%sigma_velocity(:, :, :, k), sigma_velocity(:, :, k))
        end do
        call tendencies_in_spectral_space(core, work, tendency)

        call add_linear_terms(core%layers, core%operators, core%hydrostatics, core%reference, earlier, &
            surface_geopotential, tendency)
        call implicit_correction(core%layers, core%reference, constants%implicit, tendency)
        call diffuse_tendencies(core%damping, constants%damping, earlier, temperature_correction, humidity_correction, &
            tendency)
        if (start_kind == step_leapfrog) then
            call leapfrog_step(core%formulation, core%parameters, constants%time_step, tendency, earlier, later)
        else
            call forward_step(constants%time_step, tendency, earlier, later)
        end if
    end subroutine dynamics_step

end module dynamics_core
