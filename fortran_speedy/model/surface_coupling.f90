!> Land, sea and ice on the grid, and their advance to the date at the end of a step (specs 22 to 24).
module surface_coupling
    use boundary_data, only: boundary_fields
    use calendar_process, only: clock_time, fraction_of_month, is_leap_year
    use formulation, only: formulation_switches
    use interpolation_process, only: interpolate_five_point, interpolate_linear
    use kinds, only: dp
    use land_model_process, only: land_model
    use model_parameter_sets, only: model_flags, model_parameters
    use sea_model_process, only: sea_model
    use spectral_transform, only: latitudes, longitudes
    use sst_anomaly_window_process, only: initial_window, shift_window
    use status_codes, only: status_ok
    implicit none
    private
    public :: surface_state, new_surface_state
    public :: surface_heat_exchange, new_surface_heat_exchange
    public :: start_surface, couple_surface, month_fraction

    !> Monthly values interpolated to a date; they change with the day only.
    type :: daily_climatology
        integer :: year = 0, month = 0, day = 0
        real(dp) :: month_fraction = 0.0_dp                        ! 1
        real(dp), allocatable :: land_temperature(:, :)            ! K
        real(dp), allocatable :: snow_depth(:, :)                  ! kg m-2
        real(dp), allocatable :: soil_water_availability(:, :)     ! 1
        real(dp), allocatable :: sea_surface_temperature(:, :)     ! K
        real(dp), allocatable :: sea_ice_fraction(:, :)            ! 1
    end type daily_climatology

    !> Maps (longitude, latitude): what is kept, and what the atmosphere sees.
    type :: surface_state
        real(dp), allocatable :: land_temperature_state(:, :)      ! K
        real(dp), allocatable :: ocean_temperature_state(:, :)     ! K, not seen by the atmosphere
        real(dp), allocatable :: ice_temperature_state(:, :)       ! K
        real(dp), allocatable :: ice_fraction_state(:, :)          ! 1
        real(dp), allocatable :: land_surface_temperature(:, :)    ! K, seen, as is all that follows
        real(dp), allocatable :: snow_depth(:, :)                  ! kg m-2
        real(dp), allocatable :: soil_water_availability(:, :)     ! 1
        real(dp), allocatable :: sea_surface_temperature(:, :)     ! K, of open water and ice
        real(dp), allocatable :: sea_ice_temperature(:, :)         ! K
        real(dp), allocatable :: sea_ice_fraction(:, :)            ! 1
        !> Months of the anomaly file in the three slots, from 1 = January 1979; 0 without anomalies.
        integer :: sst_anomaly_slot_file_month(3) = 0
        integer :: window_shifts = 0                               ! so far
        type(daily_climatology) :: climatology
    end type surface_state

    !> What the atmosphere of a step gives to the surface, maps (longitude, latitude).
    type :: surface_heat_exchange
        real(dp), allocatable :: net_surface_heat_flux_land(:, :)      ! W m-2, into the land
        real(dp), allocatable :: net_surface_heat_flux_sea(:, :)       ! W m-2, into the sea
        real(dp), allocatable :: sensible_heat_flux_sea(:, :)          ! W m-2, upward
        real(dp), allocatable :: evaporation_sea(:, :)                 ! g m-2 s-1, upward
        real(dp), allocatable :: surface_downward_shortwave(:, :)      ! W m-2
    end type surface_heat_exchange

contains

    !> A surface of zeros.
    pure function new_surface_state() result(surface)
        type(surface_state) :: surface

        allocate (surface%land_temperature_state(longitudes, latitudes), source=0.0_dp)
        allocate (surface%ocean_temperature_state, source=surface%land_temperature_state)
        allocate (surface%ice_temperature_state, source=surface%land_temperature_state)
        allocate (surface%ice_fraction_state, source=surface%land_temperature_state)
        allocate (surface%land_surface_temperature, source=surface%land_temperature_state)
        allocate (surface%snow_depth, source=surface%land_temperature_state)
        allocate (surface%soil_water_availability, source=surface%land_temperature_state)
        allocate (surface%sea_surface_temperature, source=surface%land_temperature_state)
        allocate (surface%sea_ice_temperature, source=surface%land_temperature_state)
        allocate (surface%sea_ice_fraction, source=surface%land_temperature_state)
        allocate (surface%climatology%land_temperature, source=surface%land_temperature_state)
        allocate (surface%climatology%snow_depth, source=surface%land_temperature_state)
        allocate (surface%climatology%soil_water_availability, source=surface%land_temperature_state)
        allocate (surface%climatology%sea_surface_temperature, source=surface%land_temperature_state)
        allocate (surface%climatology%sea_ice_fraction, source=surface%land_temperature_state)
    end function new_surface_state

    !> No exchange.
    pure function new_surface_heat_exchange() result(exchange)
        type(surface_heat_exchange) :: exchange

        allocate (exchange%net_surface_heat_flux_land(longitudes, latitudes), source=0.0_dp)
        allocate (exchange%net_surface_heat_flux_sea, source=exchange%net_surface_heat_flux_land)
        allocate (exchange%sensible_heat_flux_sea, source=exchange%net_surface_heat_flux_land)
        allocate (exchange%evaporation_sea, source=exchange%net_surface_heat_flux_land)
        allocate (exchange%surface_downward_shortwave, source=exchange%net_surface_heat_flux_land)
    end function new_surface_heat_exchange

    !> Position of a date in its month, 1.
    pure function month_fraction(formulation, now) result(fraction)
        type(formulation_switches), intent(in) :: formulation
        type(clock_time), intent(in) :: now
        real(dp) :: fraction
        logical :: long_february

        long_february = is_leap_year(formulation, now%year) .and. .not. formulation%leap_day_outside_its_month
        fraction = fraction_of_month(formulation, long_february, now%month, now%day)
    end function month_fraction

    !> The surface at the start of a run: the slabs take their climatology (coupling day 0).
    pure subroutine start_surface(formulation, parameters, flags, boundary, start, surface, status)
        type(formulation_switches), intent(in) :: formulation
        type(model_parameters), intent(in) :: parameters
        type(model_flags), intent(in) :: flags
        type(boundary_fields), intent(in) :: boundary
        type(clock_time), intent(in) :: start
        type(surface_state), intent(out) :: surface
        integer, intent(out) :: status

        surface = new_surface_state()
        status = status_ok
        if (flags%sst_anomaly_coupling_flag == 1) then
            call initial_window(start%year, start%month, surface%sst_anomaly_slot_file_month, status)
        end if
        if (status /= status_ok) return
        call interpolate_climatology(formulation, parameters, boundary, start, surface%climatology)
        call advance_surface(parameters, flags, boundary, new_surface_heat_exchange(), 0, surface, status)
    end subroutine start_surface

    !> One coupling call, at the end of a step: the date and the fluxes are those of that end.
    pure subroutine couple_surface(formulation, parameters, flags, boundary, start, now, coupling_day, exchange, &
            surface, status)
        type(formulation_switches), intent(in) :: formulation
        type(model_parameters), intent(in) :: parameters
        type(model_flags), intent(in) :: flags
        type(boundary_fields), intent(in) :: boundary
        type(clock_time), intent(in) :: start, now
        integer, intent(in) :: coupling_day                          ! positive
        type(surface_heat_exchange), intent(in) :: exchange
        type(surface_state), intent(inout) :: surface
        integer, intent(out) :: status
        logical :: shifted

        status = status_ok
        if (flags%sst_anomaly_coupling_flag == 1) then
            call shift_window(formulation, start%year, now, coupling_day, surface%sst_anomaly_slot_file_month, &
                shifted, status)
            if (shifted) surface%window_shifts = surface%window_shifts + 1
        end if
        if (status /= status_ok) return
        call interpolate_climatology(formulation, parameters, boundary, now, surface%climatology)
        call advance_surface(parameters, flags, boundary, exchange, coupling_day, surface, status)
    end subroutine couple_surface

    !> Monthly values at a date, unless they are there already.
    pure subroutine interpolate_climatology(formulation, parameters, boundary, now, climatology)
        type(formulation_switches), intent(in) :: formulation
        type(model_parameters), intent(in) :: parameters
        type(boundary_fields), intent(in) :: boundary
        type(clock_time), intent(in) :: now
        type(daily_climatology), intent(inout) :: climatology
        integer :: i, j

        if (climatology%year == now%year .and. climatology%month == now%month .and. climatology%day == now%day) return
        climatology%year = now%year
        climatology%month = now%month
        climatology%day = now%day
        climatology%month_fraction = month_fraction(formulation, now)
        associate (p => parameters%coupling%interpolation, m => now%month, t => climatology%month_fraction, &
                b => boundary, c => climatology)
            do j = 1, latitudes
                do i = 1, longitudes
                    c%land_temperature(i, j) = interpolate_five_point(p, m, t, b%land_temperature_monthly(i, j, :))
                    c%snow_depth(i, j) = interpolate_linear(m, t, b%snow_depth_monthly(i, j, :))
                    c%soil_water_availability(i, j) = &
                        interpolate_linear(m, t, b%soil_water_availability_monthly(i, j, :))
                    c%sea_surface_temperature(i, j) = &
                        interpolate_five_point(p, m, t, b%sea_surface_temperature_monthly(i, j, :))
                    c%sea_ice_fraction(i, j) = interpolate_linear(m, t, b%sea_ice_fraction_monthly(i, j, :))
                end do
            end do
        end associate
    end subroutine interpolate_climatology

    !> Land and sea model at every point, with the climatology of the date; the status of the last point.
    pure subroutine advance_surface(parameters, flags, boundary, exchange, coupling_day, surface, status)
        type(model_parameters), intent(in) :: parameters
        type(model_flags), intent(in) :: flags
        type(boundary_fields), intent(in) :: boundary
        type(surface_heat_exchange), intent(in) :: exchange
        integer, intent(in) :: coupling_day                          ! 0 = initialisation
        type(surface_state), intent(inout) :: surface
        integer, intent(out) :: status
        real(dp) :: land_new, ocean_new, ice_new, fraction_new, ice_fraction, ice_temperature
        real(dp) :: sst_climatology, ice_fraction_climatology, ice_climatology, anomaly_observed, ocean_climatology
        real(dp) :: anomaly, second_temperature
        integer :: i, j, months(3)

        ! Without anomalies the sea model does not read what it is given for them.
        months = max(surface%sst_anomaly_slot_file_month, 1)
        associate (c => surface%climatology, s => surface, b => boundary, e => exchange)
            s%snow_depth = c%snow_depth
            s%soil_water_availability = c%soil_water_availability
            do j = 1, latitudes
                do i = 1, longitudes
                    call land_model(flags%land_coupling_flag, coupling_day, s%land_temperature_state(i, j), &
                        c%land_temperature(i, j), e%net_surface_heat_flux_land(i, j), &
                        b%land_inverse_heat_capacity(i, j), b%land_damping_factor(i, j), land_new, &
                        s%land_surface_temperature(i, j), status)
                    s%land_temperature_state(i, j) = land_new

                    call sea_model(parameters%constants, parameters%coupling%sea_model, flags%sea_coupling_flag, &
                        flags%ice_coupling_flag, flags%sst_anomaly_coupling_flag, coupling_day, c%month_fraction, &
                        c%sea_surface_temperature(i, j), c%sea_ice_fraction(i, j), b%sst_anomaly(i, j, months(1)), &
                        b%sst_anomaly(i, j, months(2)), b%sst_anomaly(i, j, months(3)), 0.0_dp, 0.0_dp, &
                        s%ocean_temperature_state(i, j), s%ice_temperature_state(i, j), s%ice_fraction_state(i, j), &
                        s%sea_ice_fraction(i, j), s%sea_ice_temperature(i, j), e%net_surface_heat_flux_sea(i, j), &
                        e%sensible_heat_flux_sea(i, j), e%evaporation_sea(i, j), &
                        e%surface_downward_shortwave(i, j), b%ocean_inverse_heat_capacity(i, j), &
                        b%ice_inverse_heat_capacity(i, j), b%ocean_damping_factor(i, j), b%ice_damping_factor(i, j), &
                        sst_climatology, ice_fraction_climatology, ice_climatology, anomaly_observed, &
                        ocean_climatology, ocean_new, ice_new, fraction_new, anomaly, &
                        s%sea_surface_temperature(i, j), ice_fraction, ice_temperature, second_temperature, status)
                    s%ocean_temperature_state(i, j) = ocean_new
                    s%ice_temperature_state(i, j) = ice_new
                    s%ice_fraction_state(i, j) = fraction_new
                    s%sea_ice_fraction(i, j) = ice_fraction
                    s%sea_ice_temperature(i, j) = ice_temperature
                end do
            end do
        end associate
    end subroutine advance_surface

end module surface_coupling
