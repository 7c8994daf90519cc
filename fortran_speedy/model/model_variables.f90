!> The state of a model, variable by variable: names, shapes, and the memory itself (spec 00, section 5).
!>
!> A run that is continued from these variables, its start date and its step goes on bit for bit, also in the middle
!> of a day. Those marked as needed suffice between two days.
module model_variables
    use, intrinsic :: iso_c_binding, only: c_f_pointer, c_loc
    use, intrinsic :: iso_fortran_env, only: int64
    use daily_update, only: daily_fields
    use diagnostics, only: field_description, i_cloud_cover, i_stratiform_cloud_cover, i_surface_downward_shortwave, &
        i_surface_net_shortwave, i_toa_net_shortwave, surface_field_count, surface_fields
    use grid_physics, only: physics_state
    use kinds, only: dp
    use prognostic_fields, only: prognostic_state
    use speedy_model_type, only: speedy_model
    use spectral_transform, only: latitudes, longitudes
    use surface_coupling, only: surface_state
    implicit none
    private
    public :: variable_description, state_variable, state_variable_count
    public :: locate, locate_of_last_step, get_generator, set_generator

    !> Shapes, in Fortran's order.
    integer, parameter, public :: shape_spectral_levels = 1      ! complex (m, n, level)
    integer, parameter, public :: shape_spectral = 2             ! complex (m, n)
    integer, parameter, public :: shape_map = 3                  ! (longitude, latitude)
    integer, parameter, public :: shape_row = 4                  ! (latitude)
    integer, parameter, public :: shape_columns = 5              ! (level, longitude, latitude)
    integer, parameter, public :: shape_bands = 6                ! (band, level, longitude, latitude)
    integer, parameter, public :: shape_terms = 7                ! (term, longitude, latitude)
    integer, parameter, public :: shape_scalar = 8

    !> When a variable must be there to continue: always, in the middle of a day only, or not necessarily.
    integer, parameter, public :: needed_always = 1
    integer, parameter, public :: needed_within_day = 2
    integer, parameter, public :: needed_never = 3

    !> Length of the state of the generator of random numbers.
    integer, parameter, public :: generator_length = 7

    !> A variable. The two time levels are earlier_* and later_*.
    type :: variable_description
        character(len=45) :: name
        character(len=10) :: units
        integer :: shape
        integer :: need
    end type variable_description

    integer, parameter :: state_variable_count = 44

contains

    !> Each variable of the state in turn.
    pure function state_variable(place) result(variable)
        integer, intent(in) :: place     ! 1 to state_variable_count
        type(variable_description) :: variable
        type(variable_description) :: all_variables(state_variable_count)

        all_variables = [ &
            variable_description('earlier_vorticity', 's-1', shape_spectral_levels, needed_always), &
            variable_description('earlier_divergence', 's-1', shape_spectral_levels, needed_always), &
            variable_description('earlier_temperature', 'K', shape_spectral_levels, needed_always), &
            variable_description('earlier_specific_humidity', 'g kg-1', shape_spectral_levels, needed_always), &
            variable_description('earlier_log_normalized_surface_pressure', '1', shape_spectral, needed_always), &
            variable_description('later_vorticity', 's-1', shape_spectral_levels, needed_always), &
            variable_description('later_divergence', 's-1', shape_spectral_levels, needed_always), &
            variable_description('later_temperature', 'K', shape_spectral_levels, needed_always), &
            variable_description('later_specific_humidity', 'g kg-1', shape_spectral_levels, needed_always), &
            variable_description('later_log_normalized_surface_pressure', '1', shape_spectral, needed_always), &
            variable_description('surface_geopotential', 'm2 s-2', shape_spectral, needed_never), &
            variable_description('land_surface_temperature', 'K', shape_map, needed_always), &
            variable_description('snow_depth', 'kg m-2', shape_map, needed_always), &
            variable_description('soil_water_availability', '1', shape_map, needed_always), &
            variable_description('sea_surface_temperature', 'K', shape_map, needed_always), &
            variable_description('sea_ice_temperature', 'K', shape_map, needed_always), &
            variable_description('sea_ice_fraction', '1', shape_map, needed_always), &
            variable_description('land_temperature_state', 'K', shape_map, needed_never), &
            variable_description('ocean_temperature_state', 'K', shape_map, needed_never), &
            variable_description('ice_temperature_state', 'K', shape_map, needed_never), &
            variable_description('ice_fraction_state', '1', shape_map, needed_never), &
            variable_description('dry_mass', 'Pa', shape_scalar, needed_never), &
            variable_description('snow_cover', '1', shape_map, needed_within_day), &
            variable_description('land_albedo', '1', shape_map, needed_within_day), &
            variable_description('sea_albedo', '1', shape_map, needed_within_day), &
            variable_description('surface_albedo', '1', shape_map, needed_within_day), &
            variable_description('insolation', 'W m-2', shape_row, needed_within_day), &
            variable_description('ozone_absorption_upper', 'W m-2', shape_row, needed_within_day), &
            variable_description('ozone_absorption_lower', 'W m-2', shape_row, needed_within_day), &
            variable_description('zenith_factor', '1', shape_row, needed_within_day), &
            variable_description('polar_night_cooling', 'W m-2', shape_row, needed_within_day), &
            variable_description('temperature_correction', 'K', shape_spectral, needed_within_day), &
            variable_description('humidity_correction', 'g kg-1', shape_spectral, needed_within_day), &
            variable_description('co2_absorptivity', '1', shape_scalar, needed_within_day), &
            variable_description('temperature_tendency_shortwave', 'K s-1', shape_columns, needed_within_day), &
            variable_description('longwave_transmissivity', '1', shape_bands, needed_within_day), &
            variable_description('stratospheric_correction', '1', shape_terms, needed_within_day), &
            variable_description('surface_downward_shortwave', 'W m-2', shape_map, needed_within_day), &
            variable_description('surface_net_shortwave', 'W m-2', shape_map, needed_within_day), &
            variable_description('toa_net_shortwave', 'W m-2', shape_map, needed_within_day), &
            variable_description('cloud_cover', '1', shape_map, needed_within_day), &
            variable_description('stratiform_cloud_cover', '1', shape_map, needed_within_day), &
            variable_description('cloud_top_level', '1', shape_map, needed_within_day), &
            variable_description('sppt_pattern', '1', shape_spectral_levels, needed_never)]
        variable = all_variables(place)
    end function state_variable

    !> The memory of a variable of the state as one sequence, complex numbers as pairs of numbers; not associated if
    !> there is no such variable.
    subroutine locate(model, name, values)
        type(speedy_model), intent(inout), target :: model
        character(len=*), intent(in) :: name
        real(dp), pointer, intent(out) :: values(:)

        values => null()
        if (index(name, 'earlier_') == 1) then
            call locate_time_level(model%earlier, name(9:), values)
        else if (index(name, 'later_') == 1) then
            call locate_time_level(model%later, name(7:), values)
        else
            call locate_surface(model%surface, name, values)
            if (.not. associated(values)) call locate_daily(model%daily, name, values)
            if (.not. associated(values)) call locate_kept(model%physics, name, values)
        end if
        select case (name)
        case ('surface_geopotential')
            call flatten(model%surface_geopotential, size(model%surface_geopotential), values)
        case ('sppt_pattern')
            call flatten(model%sppt%spectral, size(model%sppt%spectral), values)
        case ('dry_mass')
            call c_f_pointer(c_loc(model%dry_mass), values, [1])
        end select
    end subroutine locate

    !> The same for fields of the last step: the maps of `diagnostics` in the units of the column physics, tendencies
    !> in total and by process, s-1, and levels of branches.
    subroutine locate_of_last_step(model, name, values)
        type(speedy_model), intent(inout), target :: model
        character(len=*), intent(in) :: name
        real(dp), pointer, intent(out) :: values(:)

        values => null()
        call locate_of_last_call(model%physics, name, values)
        if (name == 'sigma_velocity') values(1:size(model%sigma_velocity)) => model%sigma_velocity
    end subroutine locate_of_last_step

    !> What the last call of the physics left.
    subroutine locate_of_last_call(p, name, values)
        type(physics_state), intent(inout), target :: p
        character(len=*), intent(in) :: name
        real(dp), pointer, intent(inout) :: values(:)
        type(field_description) :: field
        integer :: place

        do place = 1, surface_field_count
            field = surface_fields(place)
            if (field%name == name) values(1:size(p%maps(:, :, place))) => p%maps(:, :, place)
        end do
        select case (name)
        case ('process_tendencies')
            values(1:size(p%process_tendencies)) => p%process_tendencies
        case ('convection_top_level')
            values(1:size(p%convection_top_level)) => p%convection_top_level
        case ('precipitation_top_level')
            values(1:size(p%precipitation_top_level)) => p%precipitation_top_level
        case ('cloud_top_level')
            values(1:size(p%cloud_top_level)) => p%cloud_top_level
        case ('eastward_wind_tendency')
            values(1:size(p%total%eastward_wind)) => p%total%eastward_wind
        case ('northward_wind_tendency')
            values(1:size(p%total%northward_wind)) => p%total%northward_wind
        case ('temperature_tendency')
            values(1:size(p%total%temperature)) => p%total%temperature
        case ('specific_humidity_tendency')
            values(1:size(p%total%specific_humidity)) => p%total%specific_humidity
        end select
    end subroutine locate_of_last_call

    !> Variables of one time level.
    subroutine locate_time_level(state, name, values)
        type(prognostic_state), intent(inout), target :: state
        character(len=*), intent(in) :: name
        real(dp), pointer, intent(inout) :: values(:)

        select case (name)
        case ('vorticity')
            call flatten(state%vorticity, size(state%vorticity), values)
        case ('divergence')
            call flatten(state%divergence, size(state%divergence), values)
        case ('temperature')
            call flatten(state%temperature, size(state%temperature), values)
        case ('specific_humidity')
            call flatten(state%specific_humidity, size(state%specific_humidity), values)
        case ('log_normalized_surface_pressure')
            call flatten(state%log_normalized_surface_pressure, size(state%log_normalized_surface_pressure), values)
        end select
    end subroutine locate_time_level

    !> Variables of the surface.
    subroutine locate_surface(s, name, values)
        type(surface_state), intent(inout), target :: s
        character(len=*), intent(in) :: name
        real(dp), pointer, intent(inout) :: values(:)

        select case (name)
        case ('land_temperature_state')
            values(1:size(s%land_temperature_state)) => s%land_temperature_state
        case ('ocean_temperature_state')
            values(1:size(s%ocean_temperature_state)) => s%ocean_temperature_state
        case ('ice_temperature_state')
            values(1:size(s%ice_temperature_state)) => s%ice_temperature_state
        case ('ice_fraction_state')
            values(1:size(s%ice_fraction_state)) => s%ice_fraction_state
        case ('land_surface_temperature')
            values(1:size(s%land_surface_temperature)) => s%land_surface_temperature
        case ('snow_depth')
            values(1:size(s%snow_depth)) => s%snow_depth
        case ('soil_water_availability')
            values(1:size(s%soil_water_availability)) => s%soil_water_availability
        case ('sea_surface_temperature')
            values(1:size(s%sea_surface_temperature)) => s%sea_surface_temperature
        case ('sea_ice_temperature')
            values(1:size(s%sea_ice_temperature)) => s%sea_ice_temperature
        case ('sea_ice_fraction')
            values(1:size(s%sea_ice_fraction)) => s%sea_ice_fraction
        end select
    end subroutine locate_surface

    !> Variables of the daily update.
    subroutine locate_daily(d, name, values)
        type(daily_fields), intent(inout), target :: d
        character(len=*), intent(in) :: name
        real(dp), pointer, intent(inout) :: values(:)

        select case (name)
        case ('snow_cover')
            values(1:size(d%snow_cover)) => d%snow_cover
        case ('land_albedo')
            values(1:size(d%land_albedo)) => d%land_albedo
        case ('sea_albedo')
            values(1:size(d%sea_albedo)) => d%sea_albedo
        case ('surface_albedo')
            values(1:size(d%surface_albedo)) => d%surface_albedo
        case ('insolation')
            values => d%insolation
        case ('ozone_absorption_upper')
            values => d%ozone_absorption_upper
        case ('ozone_absorption_lower')
            values => d%ozone_absorption_lower
        case ('zenith_factor')
            values => d%zenith_factor
        case ('polar_night_cooling')
            values => d%polar_night_cooling
        case ('temperature_correction')
            call flatten(d%temperature_correction, size(d%temperature_correction), values)
        case ('humidity_correction')
            call flatten(d%humidity_correction, size(d%humidity_correction), values)
        case ('co2_absorptivity')
            call c_f_pointer(c_loc(d%co2_absorptivity), values, [1])
        end select
    end subroutine locate_daily

    !> What lasts from one computation of short-wave radiation to the next.
    subroutine locate_kept(p, name, values)
        type(physics_state), intent(inout), target :: p
        character(len=*), intent(in) :: name
        real(dp), pointer, intent(inout) :: values(:)
        integer, parameter :: points = longitudes*latitudes

        select case (name)
        case ('temperature_tendency_shortwave')
            values(1:size(p%temperature_tendency_shortwave)) => p%temperature_tendency_shortwave
        case ('longwave_transmissivity')
            values(1:size(p%longwave_transmissivity)) => p%longwave_transmissivity
        case ('stratospheric_correction')
            values(1:size(p%stratospheric_correction)) => p%stratospheric_correction
        case ('surface_downward_shortwave')
            values(1:points) => p%maps(:, :, i_surface_downward_shortwave)
        case ('surface_net_shortwave')
            values(1:points) => p%maps(:, :, i_surface_net_shortwave)
        case ('toa_net_shortwave')
            values(1:points) => p%maps(:, :, i_toa_net_shortwave)
        case ('cloud_cover')
            values(1:points) => p%maps(:, :, i_cloud_cover)
        case ('stratiform_cloud_cover')
            values(1:points) => p%maps(:, :, i_stratiform_cloud_cover)
        case ('cloud_top_level')
            values(1:points) => p%cloud_top_level
        end select
    end subroutine locate_kept

    !> Complex numbers as pairs of numbers.
    subroutine flatten(numbers, length, values)
        integer, intent(in) :: length
        complex(dp), intent(inout), target :: numbers(length)
        real(dp), pointer, intent(inout) :: values(:)

        call c_f_pointer(c_loc(numbers), values, [2*length])
    end subroutine flatten

    !> State of the generator of random numbers; the numbers are whole.
    pure function get_generator(model) result(values)
        type(speedy_model), intent(in) :: model
        real(dp) :: values(generator_length)

        associate (s => model%sppt)
            values = [real(s%generator%first, dp), real(s%generator%second, dp), merge(1.0_dp, 0.0_dp, s%started)]
        end associate
    end function get_generator

    !> Put back what get_generator gave.
    pure subroutine set_generator(model, values)
        type(speedy_model), intent(inout) :: model
        real(dp), intent(in) :: values(generator_length)

        model%sppt%generator%first = nint(values(1:3), int64)
        model%sppt%generator%second = nint(values(4:6), int64)
        model%sppt%started = values(7) > 0.5_dp
    end subroutine set_generator

end module model_variables
