!> The whole model: atmosphere, land, sea and ice, and their clock (specs 00, section 4, and 27).
!>
!> All state is in the type: any number of models live side by side. Procedures report a status other than
!> status_ok when they cannot go on; the message of the model then says what happened, where and when.
module speedy_model_type
    use boundary_data, only: boundary_fields
    use calendar_process, only: advance, clock_time, exists, minutes_per_step
    use daily_update, only: daily_fields, new_daily_fields, update_daily_fields
    use dynamics_core, only: dynamics_step, initial_atmosphere, new_speedy_core, new_step_constants, range_diagnostics, &
        speedy_core, state_on_grid, step_constants, step_first, step_half, step_leapfrog
    use formulation, only: formulation_switches
    use grid_physics, only: new_physics_state, physics_state, run_physics
    use kinds, only: dp
    use mean_fields, only: add_divergence, add_levels, add_maps, level_interval, mean_accumulator
    use model_parameter_sets, only: flags_exist, model_flags, model_parameters
    use prognostic_fields, only: grid_fields, grid_tendencies, new_grid_fields, new_grid_tendencies, new_prognostic_state, &
        prognostic_state
    use spectral_transform, only: latitudes, longitudes, truncation
    use sppt_process, only: advance_sppt, new_sppt_state, perturb_tendency, sppt_pattern, sppt_state
    use status_codes, only: status_invalid_date, status_left_range, status_message, status_not_started, status_ok, &
        status_unknown_flag
    use surface_coupling, only: couple_surface, new_surface_state, start_surface, surface_state
    implicit none
    private
    public :: speedy_model
    public :: create_model, cold_start, clear_state, continue_from, advance_model, describe_date

    integer, parameter :: steps_per_day = 24*60/minutes_per_step
    !> Steps from one computation of short-wave radiation to the next.
    integer, parameter :: shortwave_interval = 3
    integer, parameter :: message_length = 300

    real(dp), parameter :: most_energy = 500.0_dp                 ! m2 s-2, of the eddies of a level
    real(dp), parameter :: least_mean_temperature = 180.0_dp      ! K
    real(dp), parameter :: most_mean_temperature = 320.0_dp       ! K

    type :: speedy_model
        ! Constant
        type(speedy_core) :: core
        type(step_constants) :: half_step, first_step, leapfrog_step
        type(model_parameters) :: parameters
        type(model_flags) :: flags
        type(boundary_fields) :: boundary
        type(clock_time) :: start
        complex(dp), allocatable :: surface_geopotential(:, :)           ! (m, n), m2 s-2
        real(dp), allocatable :: surface_geopotential_on_grid(:, :)      ! (longitude, latitude), m2 s-2
        ! The state between two steps
        type(prognostic_state) :: earlier                                ! at the model date, filtered
        type(prognostic_state) :: later                                  ! one step ahead
        type(surface_state) :: surface
        type(daily_fields) :: daily
        type(physics_state) :: physics
        type(sppt_state) :: sppt
        type(clock_time) :: now
        integer :: step = 0                                              ! steps since the start
        real(dp) :: dry_mass = 0.0_dp                                    ! Pa, to be kept; 0 before it is known
        logical :: ready = .false.                                       ! there is a state that can be advanced
        character(len=message_length) :: message = ''
        ! Of the last step
        type(grid_fields) :: fields                                      ! at its beginning
        real(dp), allocatable :: sigma_velocity(:, :, :)                 ! (longitude, latitude, half level), s-1
        integer :: forcing_updates = 0                                   ! so far, as the next
        integer :: shortwave_calls = 0
        type(mean_accumulator) :: means
    end type speedy_model

contains

    !> A model that has no state yet.
    pure subroutine create_model(formulation, parameters, flags, boundary, start, model, status)
        type(formulation_switches), intent(in) :: formulation
        type(model_parameters), intent(in) :: parameters
        type(model_flags), intent(in) :: flags
        type(boundary_fields), intent(in) :: boundary
        type(clock_time), intent(in) :: start
        type(speedy_model), intent(out) :: model
        integer, intent(out) :: status

        status = status_ok
        if (.not. exists(formulation, start)) status = status_invalid_date
        if (.not. flags_exist(flags)) status = status_unknown_flag
        if (status /= status_ok) then
            model%message = status_message(status)
            return
        end if
        model%parameters = parameters
        model%flags = flags
        model%boundary = boundary
        model%start = start
        model%now = start
        call new_speedy_core(parameters%constants, formulation, parameters%dynamics, model%core)
        associate (dt => parameters%dynamics%time_step)
            model%half_step = new_step_constants(model%core, 0.5_dp*dt)
            model%first_step = new_step_constants(model%core, dt)
            model%leapfrog_step = new_step_constants(model%core, 2.0_dp*dt)
        end associate
        allocate (model%surface_geopotential(0:truncation, 0:truncation + 1))
        allocate (model%surface_geopotential_on_grid(longitudes, latitudes))
        call initial_atmosphere(model%core, boundary%surface_geopotential_unfiltered, model%earlier, &
            model%surface_geopotential, model%surface_geopotential_on_grid)
        call clear_state(model)
    end subroutine create_model

    !> Start from the atmosphere at rest (spec 27, section 2): surface, forcing, and a forward half step and a
    !> leapfrog step during which the clock stands still.
    pure subroutine cold_start(model, status)
        type(speedy_model), intent(inout) :: model
        integer, intent(out) :: status

        call clear_state(model)
        call initial_atmosphere(model%core, model%boundary%surface_geopotential_unfiltered, model%earlier, &
            model%surface_geopotential, model%surface_geopotential_on_grid)
        call check_range(model, model%earlier, status)
        if (status /= status_ok) return
        call start_surface(model%core%formulation, model%parameters, model%flags, model%boundary, model%start, &
            model%surface, status)
        if (status /= status_ok) then
            call fail(model, status_message(status))
            return
        end if
        call update_forcing(model)
        call step_atmosphere(model, step_half, .true., status)
        if (status == status_ok) call step_atmosphere(model, step_first, .true., status)
        model%ready = status == status_ok
    end subroutine cold_start

    !> Make the model ready to go on from the state that was put into it, a number of steps after its start.
    pure subroutine continue_from(model, step)
        type(speedy_model), intent(inout) :: model
        integer, intent(in) :: step              ! not negative
        integer :: i

        model%now = model%start
        do i = 1, step
            call advance(model%core%formulation, model%now)
        end do
        model%step = step
        model%message = ''
        model%ready = .true.
    end subroutine continue_from

    !> Go on by a number of steps. After a failure the model must be started again.
    pure subroutine advance_model(model, steps, status)
        type(speedy_model), intent(inout) :: model
        integer, intent(in) :: steps
        integer, intent(out) :: status
        integer :: i

        status = status_ok
        if (.not. model%ready) then
            status = status_not_started
            if (model%message == '') model%message = status_message(status)
            return
        end if
        do i = 1, steps
            call advance_one_step(model, status)
            model%ready = status == status_ok
            if (status /= status_ok) return
        end do
    end subroutine advance_model

    !> One iteration of the main loop (spec 27, section 3).
    pure subroutine advance_one_step(model, status)
        type(speedy_model), intent(inout) :: model
        integer, intent(out) :: status

        if (mod(model%step, steps_per_day) == 0) call update_forcing(model)
        call step_atmosphere(model, step_leapfrog, mod(model%step, shortwave_interval) == 0, status)
        if (status /= status_ok) return
        call check_range(model, model%later, status)
        if (status /= status_ok) return

        model%step = model%step + 1
        call advance(model%core%formulation, model%now)
        if (model%flags%physics == 0) return
        call couple_surface(model%core%formulation, model%parameters, model%flags, model%boundary, model%start, &
            model%now, 1 + (model%step + 1)/steps_per_day, model%physics%exchange, model%surface, status)
        if (status /= status_ok) call fail(model, status_message(status))
    end subroutine advance_one_step

    !> Physics and dynamics.
    pure subroutine step_atmosphere(model, kind_of_step, shortwave_step, status)
        type(speedy_model), intent(inout) :: model
        integer, intent(in) :: kind_of_step
        logical, intent(in) :: shortwave_step
        integer, intent(out) :: status
        logical :: sample_maps, sample_levels
        integer :: longitude, latitude

        status = status_ok
        sample_maps = model%means%active .and. kind_of_step == step_leapfrog .and. model%flags%physics == 1
        sample_levels = sample_maps .and. mod(model%step, level_interval) == 0
        if (sample_levels) call add_divergence(model%earlier%divergence, model%means)

        call state_on_grid(model%core, model%earlier, model%surface_geopotential, model%fields)
        if (model%flags%physics == 1) then
            call run_physics(model%core, model%parameters, model%boundary, model%surface_geopotential_on_grid, &
                model%daily, model%surface, model%fields, shortwave_step, model%physics, status, longitude, latitude)
            if (status /= status_ok) then
                call fail_in_column(model, status_message(status), longitude, latitude)
                return
            end if
            if (shortwave_step) model%shortwave_calls = model%shortwave_calls + 1
            if (model%flags%sppt == 1) call perturb(model)
        end if
        if (sample_maps) call add_maps(model%physics, model%means)

        call dynamics_step(model%core, constants_of(model, kind_of_step), kind_of_step, model%earlier, model%later, &
            model%surface_geopotential, model%daily%temperature_correction, model%daily%humidity_correction, &
            model%physics%total, model%sigma_velocity)
        if (.not. model%core%formulation%mean_log_pressure_is_conserved) call keep_dry_mass(model)
        if (sample_levels) then
            call add_levels(model%core, model%parameters%physics%humidity, model%fields, model%physics, &
                model%sigma_velocity, model%means)
        end if
    end subroutine step_atmosphere

    !> Constants of the length of a step.
    pure function constants_of(model, kind_of_step) result(constants)
        type(speedy_model), intent(in) :: model
        integer, intent(in) :: kind_of_step
        type(step_constants) :: constants

        select case (kind_of_step)
        case (step_half)
            constants = model%half_step
        case (step_first)
            constants = model%first_step
        case default
            constants = model%leapfrog_step
        end select
    end function constants_of

    !> Daily forcing from the surface of the moment.
    pure subroutine update_forcing(model)
        type(speedy_model), intent(inout) :: model

        call update_daily_fields(model%core, model%parameters, model%flags, model%boundary, &
            model%surface_geopotential_on_grid, model%now, model%surface, model%daily)
        model%forcing_updates = model%forcing_updates + 1
    end subroutine update_forcing

    !> Multiply the tendencies of the physics by random patterns (spec 26).
    pure subroutine perturb(model)
        type(speedy_model), intent(inout) :: model
        real(dp) :: pattern(longitudes, latitudes, model%core%layers%levels)

        associate (p => model%parameters%sppt, total => model%physics%total)
            call advance_sppt(p, model%sppt)
            call sppt_pattern(model%core%transform, p, model%sppt, pattern)
            call perturb_tendency(p, pattern, total%eastward_wind)
            call perturb_tendency(p, pattern, total%northward_wind)
            call perturb_tendency(p, pattern, total%temperature)
            call perturb_tendency(p, pattern, total%specific_humidity)
        end associate
    end subroutine perturb

    !> Give back the dry air that the step has lost: the same change of ln p_s everywhere, in both time levels, such
    !> that the earlier one has what the run began with.
    !>
    !> A constant c has the coefficient sqrt(2) c.
    pure subroutine keep_dry_mass(model)
        type(speedy_model), intent(inout) :: model
        type(grid_fields) :: after
        real(dp) :: change

        if (.not. model%dry_mass > 0.0_dp) model%dry_mass = mean_dry_mass(model, model%fields)
        after = model%fields
        call state_on_grid(model%core, model%earlier, model%surface_geopotential, after)
        change = sqrt(2.0_dp)*log(model%dry_mass/mean_dry_mass(model, after))
        associate (first => model%earlier%log_normalized_surface_pressure(0, 0), &
                second => model%later%log_normalized_surface_pressure(0, 0))
            first = first + change
            second = second + change
        end associate
    end subroutine keep_dry_mass

    !> Global mean weight of dry air on a unit of area, Pa: p_s (1 - sum of q dsigma), negative humidity counted.
    pure function mean_dry_mass(model, fields) result(mass)
        type(speedy_model), intent(in) :: model
        type(grid_fields), intent(in) :: fields
        real(dp) :: mass
        real(dp) :: dry(longitudes, latitudes)
        integer :: j, k

        dry = 1.0_dp
        do k = 1, model%core%layers%levels
            dry = dry - 1.0e-3_dp*model%core%layers%sigma_thickness(k)*fields%specific_humidity(:, :, k)
        end do
        dry = dry*model%parameters%constants%reference_pressure*exp(fields%log_normalized_surface_pressure)
        mass = 0.0_dp
        do j = 1, latitudes
            mass = mass + 0.5_dp*model%core%transform%gaussian_weight(min(j, latitudes + 1 - j)) &
                *sum(dry(:, j))/longitudes
        end do
    end function mean_dry_mass

    !> Refuse a time level that has left the accepted range (spec 27, section 5), or is not a number.
    pure subroutine check_range(model, state, status)
        type(speedy_model), intent(inout) :: model
        type(prognostic_state), intent(in) :: state
        integer, intent(out) :: status
        real(dp), dimension(model%core%layers%levels) :: mean_temperature, rotational_energy, divergent_energy
        integer :: k

        status = status_ok
        call range_diagnostics(model%core, state, mean_temperature, rotational_energy, divergent_energy)
        ! Comparisons with what is not a number are false.
        do k = 1, model%core%layers%levels
            if (.not. (mean_temperature(k) >= least_mean_temperature .and. mean_temperature(k) <= most_mean_temperature)) then
                call fail_at_level(model, 'temperature', k, 'global mean is '//trim(describe_number(mean_temperature(k))) &
                    //' K, expected '//trim(describe_number(least_mean_temperature))//' to ' &
                    //trim(describe_number(most_mean_temperature))//' K')
            else if (.not. rotational_energy(k) <= most_energy) then
                call fail_at_level(model, 'vorticity', k, 'eddy energy is '//trim(describe_number(rotational_energy(k))) &
                    //' m2 s-2, expected at most '//trim(describe_number(most_energy))//' m2 s-2')
            else if (.not. divergent_energy(k) <= most_energy) then
                call fail_at_level(model, 'divergence', k, 'eddy energy is '//trim(describe_number(divergent_energy(k))) &
                    //' m2 s-2, expected at most '//trim(describe_number(most_energy))//' m2 s-2')
            else
                cycle
            end if
            status = status_left_range
            return
        end do
    end subroutine check_range

    !> Remember which column was refused.
    pure subroutine fail_in_column(model, sentence, longitude, latitude)
        type(speedy_model), intent(inout) :: model
        character(len=*), intent(in) :: sentence
        integer, intent(in) :: longitude, latitude      ! counted from 1
        character(len=60) :: place

        write (place, '(" (column at longitude index ", i0, ", latitude index ", i0, ")")') longitude - 1, latitude - 1
        call fail(model, trim(sentence)//place)
    end subroutine fail_in_column

    !> Remember which field left its range.
    pure subroutine fail_at_level(model, field, level, found)
        type(speedy_model), intent(inout) :: model
        character(len=*), intent(in) :: field, found
        integer, intent(in) :: level     ! counted from 1
        character(len=4) :: level_text

        write (level_text, '(i0)') level - 1
        call fail(model, field//' of level '//trim(level_text)//' has left its accepted range: its '//found)
    end subroutine fail_at_level

    !> Remember what went wrong, in which step and when.
    pure subroutine fail(model, sentence)
        type(speedy_model), intent(inout) :: model
        character(len=*), intent(in) :: sentence
        character(len=12) :: step

        write (step, '(i0)') model%step + 1
        model%message = trim(sentence)//', in step '//trim(step)//', which starts at '//describe_date(model%now)
    end subroutine fail

    !> A date as 1982-01-01 00:40.
    pure function describe_date(time) result(text)
        type(clock_time), intent(in) :: time
        character(len=16) :: text

        write (text, '(i4.4, 2("-", i2.2), " ", i2.2, ":", i2.2)') time%year, time%month, time%day, time%hour, time%minute
    end function describe_date

    !> A number with a few digits.
    pure function describe_number(value) result(text)
        real(dp), intent(in) :: value
        character(len=12) :: text

        if (abs(value) < 1.0e6_dp) then
            write (text, '(f12.3)') value
        else
            write (text, '(es12.3)') value
        end if
        text = adjustl(text)
    end function describe_number

    !> Forget everything about a run.
    pure subroutine clear_state(model)
        type(speedy_model), intent(inout) :: model
        integer :: levels

        levels = model%core%layers%levels
        model%earlier = new_prognostic_state(levels)
        model%later = new_prognostic_state(levels)
        model%surface = new_surface_state()
        model%daily = new_daily_fields()
        model%physics = new_physics_state(levels)
        model%sppt = new_sppt_state(levels, model%flags%sppt_seed)
        model%fields = new_grid_fields(levels)
        model%now = model%start
        model%step = 0
        model%dry_mass = 0.0_dp
        model%ready = .false.
        model%message = ''
        model%forcing_updates = 0
        model%shortwave_calls = 0
        if (allocated(model%sigma_velocity)) deallocate (model%sigma_velocity)
        allocate (model%sigma_velocity(longitudes, latitudes, levels + 1), source=0.0_dp)
    end subroutine clear_state

end module speedy_model_type
