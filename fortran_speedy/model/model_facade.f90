!> Plain-argument face of the whole model, for f90wrap. Nothing is checked here.
!>
!> A model is known by a handle, its address in two integers. Arrays are explicit in shape, in Fortran's order of the
!> types they come from: maps (longitude 96, latitude 48), columns (level, longitude, latitude).
module model_facade
    use, intrinsic :: iso_c_binding, only: c_f_pointer, c_loc, c_null_ptr
    use boundary_data, only: boundary_fields
    use calendar_process, only: clock_time
    use diagnostics, only: field_description
    use dynamics_core, only: range_diagnostics, state_on_grid
    use formulation, only: formulation_switches
    use kinds, only: dp
    use mean_fields, only: mean_count, mean_description, mean_levels, mean_values, new_mean_accumulator
    use model_numbers, only: number_count, numbers_of, set_numbers, set_switches, switch_count
    use model_parameter_sets, only: model_flags, model_parameters
    use model_variables, only: get_generator, locate, locate_of_last_step, set_generator, state_variable, &
        variable_description, variable_count => state_variable_count
    use prognostic_fields, only: grid_fields, new_grid_fields
    use speedy_model_type, only: advance_model, clear_state, continue_from, create_model, speedy_model, &
        start => cold_start
    use status_codes, only: status_ok
    implicit none
    private
    public :: default_numbers, create, destroy, cold_start, clear, advance
    public :: state_variables, describe_state_variable, get_state_variable, set_state_variable
    public :: get_random_state, set_random_state, get_clock, set_clock
    public :: get_last_step, get_grid, get_range
    public :: start_means, means_available, describe_mean, count_samples, get_mean

contains

    !> Numbers of the formulation `original`.
    subroutine default_numbers(n_numbers, numbers)
        integer, intent(in) :: n_numbers
        real(dp), intent(inout) :: numbers(n_numbers)
        type(model_parameters) :: parameters

        numbers(:number_count) = numbers_of(parameters)
    end subroutine default_numbers

    !> A model without a state. With a status other than 0 there is none, and the message says why.
    subroutine create(n_numbers, n_switches, numbers, switches, flags, start_date, surface_geopotential_unfiltered, &
            land_fraction, sea_fraction, bare_land_albedo, orographic_drag_factor, land_inverse_heat_capacity, &
            ocean_inverse_heat_capacity, ice_inverse_heat_capacity, land_damping_factor, ocean_damping_factor, &
            ice_damping_factor, land_temperature_monthly, snow_depth_monthly, soil_water_availability_monthly, &
            sea_surface_temperature_monthly, sea_ice_fraction_monthly, sst_anomaly, handle, status, message)
        integer, intent(in) :: n_numbers, n_switches
        real(dp), intent(in) :: numbers(n_numbers)
        integer, intent(in) :: switches(n_switches)
        integer, intent(in) :: flags(8)             ! as the components of model_flags
        integer, intent(in) :: start_date(5)        ! year, month, day, hour, minute
        real(dp), dimension(96, 48), intent(in) :: surface_geopotential_unfiltered, land_fraction, sea_fraction, &
            bare_land_albedo, orographic_drag_factor, land_inverse_heat_capacity, ocean_inverse_heat_capacity, &
            ice_inverse_heat_capacity, land_damping_factor, ocean_damping_factor, ice_damping_factor
        real(dp), dimension(96, 48, 12), intent(in) :: land_temperature_monthly, snow_depth_monthly, &
            soil_water_availability_monthly, sea_surface_temperature_monthly, sea_ice_fraction_monthly
        real(dp), intent(in) :: sst_anomaly(96, 48, 420)
        integer, intent(inout) :: handle(2)
        integer, intent(out) :: status
        character(len=300), intent(out) :: message
        type(speedy_model), pointer :: model
        type(model_parameters) :: parameters
        type(formulation_switches) :: formulation
        type(boundary_fields) :: boundary

        call set_numbers(numbers(:number_count), parameters)
        call set_switches(switches(:switch_count) /= 0, formulation)
        boundary%surface_geopotential_unfiltered = surface_geopotential_unfiltered
        boundary%land_fraction = land_fraction
        boundary%sea_fraction = sea_fraction
        boundary%bare_land_albedo = bare_land_albedo
        boundary%orographic_drag_factor = orographic_drag_factor
        boundary%land_inverse_heat_capacity = land_inverse_heat_capacity
        boundary%ocean_inverse_heat_capacity = ocean_inverse_heat_capacity
        boundary%ice_inverse_heat_capacity = ice_inverse_heat_capacity
        boundary%land_damping_factor = land_damping_factor
        boundary%ocean_damping_factor = ocean_damping_factor
        boundary%ice_damping_factor = ice_damping_factor
        boundary%land_temperature_monthly = land_temperature_monthly
        boundary%snow_depth_monthly = snow_depth_monthly
        boundary%soil_water_availability_monthly = soil_water_availability_monthly
        boundary%sea_surface_temperature_monthly = sea_surface_temperature_monthly
        boundary%sea_ice_fraction_monthly = sea_ice_fraction_monthly
        boundary%sst_anomaly = sst_anomaly

        allocate (model)
        call create_model(formulation, parameters, flags_of(flags), boundary, date_of(start_date), model, status)
        message = model%message
        if (status /= status_ok) then
            deallocate (model)
            return
        end if
        handle = transfer(c_loc(model), handle)
    end subroutine create

    !> Give back the memory of a model.
    subroutine destroy(handle)
        integer, intent(in) :: handle(2)
        type(speedy_model), pointer :: model

        model => model_of(handle)
        deallocate (model)
    end subroutine destroy

    !> Start from rest. Other threads of Python run meanwhile.
    subroutine cold_start(handle, status, message)
        !f2py threadsafe
        integer, intent(in) :: handle(2)
        integer, intent(out) :: status
        character(len=300), intent(out) :: message
        type(speedy_model), pointer :: model

        model => model_of(handle)
        call start(model, status)
        message = model%message
    end subroutine cold_start

    !> Forget everything about a run.
    subroutine clear(handle)
        integer, intent(in) :: handle(2)
        type(speedy_model), pointer :: model

        model => model_of(handle)
        call clear_state(model)
    end subroutine clear

    !> Go on by a number of steps. Other threads of Python run meanwhile.
    subroutine advance(handle, steps, status, message)
        !f2py threadsafe
        integer, intent(in) :: handle(2)
        integer, intent(in) :: steps
        integer, intent(out) :: status
        character(len=300), intent(out) :: message
        type(speedy_model), pointer :: model

        model => model_of(handle)
        call advance_model(model, steps, status)
        message = model%message
    end subroutine advance

    !> How many variables a state has.
    subroutine state_variables(n_variables)
        integer, intent(out) :: n_variables

        n_variables = variable_count
    end subroutine state_variables

    !> One of them; shape and need are codes of model_variables.
    subroutine describe_state_variable(place, name, units, shape_code, need)
        integer, intent(in) :: place     ! from 1
        character(len=45), intent(out) :: name
        character(len=10), intent(out) :: units
        integer, intent(out) :: shape_code, need
        type(variable_description) :: variable

        variable = state_variable(place)
        name = variable%name
        units = variable%units
        shape_code = variable%shape
        need = variable%need
    end subroutine describe_state_variable

    !> Values of one of them, complex numbers as pairs.
    subroutine get_state_variable(handle, place, n_values, values)
        integer, intent(in) :: handle(2)
        integer, intent(in) :: place, n_values
        real(dp), intent(inout) :: values(n_values)
        type(variable_description) :: variable
        real(dp), pointer :: memory(:)

        variable = state_variable(place)
        call locate(model_of(handle), trim(variable%name), memory)
        values = memory
    end subroutine get_state_variable

    !> Put values into the model.
    subroutine set_state_variable(handle, place, n_values, values)
        integer, intent(in) :: handle(2)
        integer, intent(in) :: place, n_values
        real(dp), intent(in) :: values(n_values)
        type(variable_description) :: variable
        real(dp), pointer :: memory(:)

        variable = state_variable(place)
        call locate(model_of(handle), trim(variable%name), memory)
        memory = values
    end subroutine set_state_variable

    !> State of the generator of random numbers.
    subroutine get_random_state(handle, values)
        integer, intent(in) :: handle(2)
        real(dp), intent(inout) :: values(7)
        type(speedy_model), pointer :: model

        model => model_of(handle)
        values = get_generator(model)
    end subroutine get_random_state

    !> Put back what get_random_state gave.
    subroutine set_random_state(handle, values)
        integer, intent(in) :: handle(2)
        real(dp), intent(in) :: values(7)
        type(speedy_model), pointer :: model

        model => model_of(handle)
        call set_generator(model, values)
    end subroutine set_random_state

    !> Where the model stands, and what it has done so far: forcing updates, short-wave computations, window shifts.
    subroutine get_clock(handle, step, date, file_months, counts)
        integer, intent(in) :: handle(2)
        integer, intent(out) :: step
        integer, intent(inout) :: date(5)            ! year, month, day, hour, minute
        integer, intent(inout) :: file_months(3)     ! of sea-surface temperature anomalies
        integer, intent(inout) :: counts(3)
        type(speedy_model), pointer :: model

        model => model_of(handle)
        step = model%step
        date = [model%now%year, model%now%month, model%now%day, model%now%hour, model%now%minute]
        file_months = model%surface%sst_anomaly_slot_file_month
        counts = [model%forcing_updates, model%shortwave_calls, model%surface%window_shifts]
    end subroutine get_clock

    !> Declare the state complete that was put into the model.
    subroutine set_clock(handle, step, file_months)
        integer, intent(in) :: handle(2)
        integer, intent(in) :: step
        integer, intent(in) :: file_months(3)
        type(speedy_model), pointer :: model

        model => model_of(handle)
        model%surface%sst_anomaly_slot_file_month = file_months
        call continue_from(model, step)
    end subroutine set_clock

    !> A field of the last step by its name; found is 0 if there is none.
    subroutine get_last_step(handle, name, n_values, values, found)
        integer, intent(in) :: handle(2)
        character(len=50), intent(in) :: name
        integer, intent(in) :: n_values
        real(dp), intent(inout) :: values(n_values)
        integer, intent(out) :: found
        real(dp), pointer :: memory(:)

        call locate_of_last_step(model_of(handle), trim(name), memory)
        found = 0
        if (.not. associated(memory)) return
        if (size(memory) /= n_values) return
        values = memory
        found = 1
    end subroutine get_last_step

    !> The atmosphere at the model date on the grid.
    subroutine get_grid(handle, eastward_wind, northward_wind, temperature, specific_humidity, geopotential, &
            log_normalized_surface_pressure)
        integer, intent(in) :: handle(2)
        real(dp), dimension(96, 48, 8), intent(inout) :: eastward_wind, northward_wind, temperature, &
            specific_humidity, geopotential
        real(dp), intent(inout) :: log_normalized_surface_pressure(96, 48)
        type(speedy_model), pointer :: model
        type(grid_fields) :: fields

        model => model_of(handle)
        fields = new_grid_fields(8)
        call state_on_grid(model%core, model%earlier, model%surface_geopotential, fields)
        eastward_wind = fields%eastward_wind
        northward_wind = fields%northward_wind
        temperature = fields%temperature
        specific_humidity = fields%specific_humidity
        geopotential = fields%geopotential
        log_normalized_surface_pressure = fields%log_normalized_surface_pressure
    end subroutine get_grid

    !> What the range check looks at, of the later time level.
    subroutine get_range(handle, mean_temperature, rotational_energy, divergent_energy)
        integer, intent(in) :: handle(2)
        real(dp), dimension(8), intent(inout) :: mean_temperature, rotational_energy, divergent_energy
        type(speedy_model), pointer :: model

        model => model_of(handle)
        call range_diagnostics(model%core, model%later, mean_temperature, rotational_energy, divergent_energy)
    end subroutine get_range

    !> Forget all samples and take them from now on.
    subroutine start_means(handle)
        integer, intent(in) :: handle(2)
        type(speedy_model), pointer :: model

        model => model_of(handle)
        model%means = new_mean_accumulator(model%core%layers%levels)
    end subroutine start_means

    !> How many means there are.
    subroutine means_available(n_means)
        integer, intent(out) :: n_means

        n_means = mean_count
    end subroutine means_available

    !> One of them; n_levels is 0 for a map.
    subroutine describe_mean(place, name, units, long_name, n_levels)
        integer, intent(in) :: place     ! from 1
        character(len=50), intent(out) :: name
        character(len=12), intent(out) :: units
        character(len=70), intent(out) :: long_name
        integer, intent(out) :: n_levels
        type(field_description) :: field

        field = mean_description(place)
        name = field%name
        units = field%units
        long_name = field%long_name
        n_levels = mean_levels(place, 8)
    end subroutine describe_mean

    !> Samples taken of maps and of fields on levels; 0 if means were not started.
    subroutine count_samples(handle, of_maps, of_levels)
        integer, intent(in) :: handle(2)
        integer, intent(out) :: of_maps, of_levels
        type(speedy_model), pointer :: model

        model => model_of(handle)
        of_maps = model%means%map_samples
        of_levels = model%means%level_samples
    end subroutine count_samples

    !> Values of a mean, of which there are samples.
    subroutine get_mean(handle, place, n_levels, values)
        integer, intent(in) :: handle(2)
        integer, intent(in) :: place
        integer, intent(in) :: n_levels                          ! 1 for a map
        real(dp), intent(inout) :: values(96, 48, n_levels)
        type(speedy_model), pointer :: model

        model => model_of(handle)
        call mean_values(model%core, model%means, place, values)
    end subroutine get_mean

    !> The model at an address.
    function model_of(handle) result(model)
        integer, intent(in) :: handle(2)
        type(speedy_model), pointer :: model

        call c_f_pointer(transfer(handle, c_null_ptr), model)
    end function model_of

    pure function date_of(values) result(date)
        integer, intent(in) :: values(5)
        type(clock_time) :: date

        date = clock_time(values(1), values(2), values(3), values(4), values(5))
    end function date_of

    pure function flags_of(values) result(flags)
        integer, intent(in) :: values(8)
        type(model_flags) :: flags

        flags = model_flags(values(1), values(2), values(3), values(4), values(5), values(6), values(7), values(8))
    end function flags_of

end module model_facade
