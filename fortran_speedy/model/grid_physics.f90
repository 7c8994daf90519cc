!> The column physics on the grid: what it is given, what it keeps between calls, what it leaves (spec 16).
module grid_physics
    use boundary_data, only: boundary_fields
    use daily_update, only: daily_fields, row_cosine
    use diagnostics
    use dynamics_core, only: speedy_core
    use kinds, only: dp
    use model_parameter_sets, only: model_parameters
    use physics_driver_process, only: physics_driver
    use physics_parameter_sets, only: physics_parameters
    use prognostic_fields, only: grid_fields, grid_tendencies, new_grid_tendencies
    use spectral_transform, only: latitudes, longitudes
    use status_codes, only: status_ok
    use surface_coupling, only: new_surface_heat_exchange, surface_heat_exchange, surface_state
    implicit none
    private
    public :: physics_state, new_physics_state, run_physics

    integer, parameter, public :: longwave_bands = 4
    integer, parameter, public :: stratospheric_terms = 2

    !> Columns are (level, longitude, latitude), maps (longitude, latitude). Of the maps the short-wave fluxes and
    !> clouds, and what is listed first here, last from one short-wave computation to the next.
    type :: physics_state
        real(dp), allocatable :: temperature_tendency_shortwave(:, :, :)     ! K s-1
        real(dp), allocatable :: longwave_transmissivity(:, :, :, :)         ! 1, (band, level, longitude, latitude)
        real(dp), allocatable :: stratospheric_correction(:, :, :)           ! W m-2; 1, (term, longitude, latitude)
        real(dp), allocatable :: cloud_top_level(:, :)                       ! counted from 0; levels = none
        real(dp), allocatable :: convection_top_level(:, :)                  ! counted from 0; levels = none
        real(dp), allocatable :: precipitation_top_level(:, :)               ! counted from 0; levels = none
        real(dp), allocatable :: maps(:, :, :)                               ! (longitude, latitude, field)
        real(dp), allocatable :: process_tendencies(:, :, :, :)              ! s-1, (level, process, longitude, latitude)
        type(grid_tendencies) :: total
        type(surface_heat_exchange) :: exchange
    end type physics_state

contains

    !> Nothing computed yet.
    pure function new_physics_state(levels) result(physics)
        integer, intent(in) :: levels
        type(physics_state) :: physics

        allocate (physics%temperature_tendency_shortwave(levels, longitudes, latitudes), source=0.0_dp)
        allocate (physics%longwave_transmissivity(longwave_bands, levels, longitudes, latitudes), source=0.0_dp)
        allocate (physics%stratospheric_correction(stratospheric_terms, longitudes, latitudes), source=0.0_dp)
        allocate (physics%cloud_top_level(longitudes, latitudes), source=real(levels, dp))
        allocate (physics%convection_top_level, source=physics%cloud_top_level)
        allocate (physics%precipitation_top_level, source=physics%cloud_top_level)
        allocate (physics%maps(longitudes, latitudes, surface_field_count), source=0.0_dp)
        allocate (physics%process_tendencies(levels, process_count, longitudes, latitudes), source=0.0_dp)
        physics%total = new_grid_tendencies(levels)
        physics%exchange = new_surface_heat_exchange()
    end function new_physics_state

    !> All columns, row by row. Stops at the first that a process refuses, and says which.
    pure subroutine run_physics(core, parameters, boundary, surface_geopotential, daily, surface, fields, &
            shortwave_step, physics, status, failed_longitude, failed_latitude)
        type(speedy_core), intent(in) :: core
        type(model_parameters), intent(in) :: parameters
        type(boundary_fields), intent(in) :: boundary
        real(dp), intent(in) :: surface_geopotential(:, :)       ! (longitude, latitude), m2 s-2, truncated
        type(daily_fields), intent(in) :: daily
        type(surface_state), intent(in) :: surface
        type(grid_fields), intent(in) :: fields
        logical, intent(in) :: shortwave_step
        type(physics_state), intent(inout) :: physics
        integer, intent(out) :: status
        integer, intent(out) :: failed_longitude, failed_latitude     ! counted from 1, 0 if none
        type(physics_parameters) :: column_parameters
        integer :: i, j

        column_parameters = parameters%physics
        column_parameters%shortwave_radiation%longwave_co2_absorptivity = daily%co2_absorptivity
        failed_longitude = 0
        failed_latitude = 0
        do j = 1, latitudes
            call run_row(core, parameters, column_parameters, boundary, surface_geopotential, daily, surface, fields, &
                j, merge(1, 0, shortwave_step), physics, status, i)
            if (status /= status_ok) then
                failed_longitude = i
                failed_latitude = j
                return
            end if
        end do

        associate (maps => physics%maps)
            maps(:, :, i_precipitation) = &
                maps(:, :, i_convective_precipitation) + maps(:, :, i_large_scale_precipitation)
            maps(:, :, i_large_scale_precipitation_frequency) = &
                merge(1.0_dp, 0.0_dp, maps(:, :, i_large_scale_precipitation) > 0.0_dp)
            maps(:, :, i_wet_frequency) = merge(1.0_dp, 0.0_dp, maps(:, :, i_precipitation) > wet)
            maps(:, :, i_convection_frequency) = &
                merge(1.0_dp, 0.0_dp, physics%convection_top_level < core%layers%levels - 1)
            maps(:, :, i_land_surface_temperature) = surface%land_surface_temperature
            maps(:, :, i_sea_surface_temperature) = surface%sea_surface_temperature
            maps(:, :, i_sea_ice_temperature) = surface%sea_ice_temperature
            maps(:, :, i_sea_ice_fraction) = surface%sea_ice_fraction
            maps(:, :, i_surface_albedo) = daily%surface_albedo
            physics%exchange%surface_downward_shortwave = maps(:, :, i_surface_downward_shortwave)
        end associate
    end subroutine run_physics

    !> The columns of one row.
    pure subroutine run_row(core, parameters, column_parameters, boundary, surface_geopotential, daily, surface, &
            fields, j, shortwave_step, physics, status, failed_longitude)
        type(speedy_core), intent(in) :: core
        type(model_parameters), intent(in) :: parameters
        type(physics_parameters), intent(in) :: column_parameters
        type(boundary_fields), intent(in) :: boundary
        real(dp), intent(in) :: surface_geopotential(:, :)
        type(daily_fields), intent(in) :: daily
        type(surface_state), intent(in) :: surface
        type(grid_fields), intent(in) :: fields
        integer, intent(in) :: j                 ! the row
        integer, intent(in) :: shortwave_step
        type(physics_state), intent(inout) :: physics
        integer, intent(out) :: status
        integer, intent(out) :: failed_longitude
        ! Columns of the row and their tendencies, and what becomes of the row's maps.
        real(dp), dimension(core%layers%levels, longitudes) :: u, v, t, q, phi, du, dv, dt, dq
        real(dp) :: row(longitudes, surface_field_count)
        ! What the driver leaves of one column; its input and output may not be the same memory.
        real(dp), dimension(core%layers%levels) :: heating_diffusion, moistening_diffusion, shortwave_heating
        real(dp) :: transmissivity(longwave_bands, core%layers%levels), stratospheric(stratospheric_terms)
        real(dp), dimension(3) :: eastward_stress, northward_stress, sensible_heat, evaporation, upward_longwave
        real(dp) :: net_heat(2), toa_shortwave, downward_shortwave, net_shortwave, cloud_cover, stratiform_cover
        real(dp) :: gradient, near_surface_u, near_surface_v, mass_factor, cosine
        integer :: i, k, n, convection_top, precipitation_top, cloud_top

        n = core%layers%levels
        cosine = row_cosine(core, j)
        call columns_of_row(fields%eastward_wind(:, j, :), u)
        call columns_of_row(fields%northward_wind(:, j, :), v)
        call columns_of_row(fields%temperature(:, j, :), t)
        call columns_of_row(fields%specific_humidity(:, j, :), q)
        call columns_of_row(fields%geopotential(:, j, :), phi)
        row = physics%maps(:, j, :)
        row(:, i_surface_pressure) = parameters%constants%reference_pressure &
            *exp(fields%log_normalized_surface_pressure(:, j))

        associate (c => parameters%constants, b => boundary, d => daily, s => surface, &
                process => physics%process_tendencies, thickness => core%layers%sigma_thickness)
            do i = 1, longitudes
                call physics_driver(c, core%layers, core%formulation, column_parameters, shortwave_step, u(:, i), &
                    v(:, i), t(:, i), q(:, i), phi(:, i), fields%log_normalized_surface_pressure(i, j), &
                    surface_geopotential(i, j), b%land_fraction(i, j), s%land_surface_temperature(i, j), &
                    s%soil_water_availability(i, j), s%sea_surface_temperature(i, j), d%land_albedo(i, j), &
                    d%sea_albedo(i, j), d%surface_albedo(i, j), d%snow_cover(i, j), b%orographic_drag_factor(i, j), &
                    cosine, d%insolation(j), d%ozone_absorption_upper(j), d%ozone_absorption_lower(j), &
                    d%zenith_factor(j), d%polar_night_cooling(j), physics%longwave_transmissivity(:, :, i, j), &
                    physics%stratospheric_correction(:, i, j), physics%temperature_tendency_shortwave(:, i, j), &
                    row(i, i_toa_net_shortwave), row(i, i_surface_downward_shortwave), &
                    row(i, i_surface_net_shortwave), du(:, i), dv(:, i), dt(:, i), dq(:, i), &
                    process(:, i_heating_convection, i, j), process(:, i_moistening_convection, i, j), &
                    process(:, i_heating_condensation, i, j), process(:, i_moistening_condensation, i, j), &
                    shortwave_heating, process(:, i_heating_longwave, i, j), heating_diffusion, &
                    moistening_diffusion, convection_top, precipitation_top, cloud_top, cloud_cover, &
                    stratiform_cover, gradient, row(i, i_cloud_base_mass_flux), row(i, i_convective_precipitation), &
                    row(i, i_large_scale_precipitation), downward_shortwave, net_shortwave, toa_shortwave, &
                    row(i, i_surface_downward_longwave), row(i, i_surface_net_upward_longwave), &
                    row(i, i_outgoing_longwave), row(i, i_surface_temperature), row(i, i_skin_temperature), &
                    near_surface_u, near_surface_v, row(i, i_near_surface_temperature), eastward_stress, &
                    northward_stress, sensible_heat, evaporation, upward_longwave, net_heat, transmissivity, &
                    stratospheric, status)
                failed_longitude = i
                if (status /= status_ok) return

                physics%convection_top_level(i, j) = convection_top
                physics%precipitation_top_level(i, j) = precipitation_top
                if (shortwave_step /= 0) then
                    physics%temperature_tendency_shortwave(:, i, j) = shortwave_heating
                    physics%longwave_transmissivity(:, :, i, j) = transmissivity
                    physics%stratospheric_correction(:, i, j) = stratospheric
                    physics%cloud_top_level(i, j) = cloud_top
                    row(i, i_toa_net_shortwave) = toa_shortwave
                    row(i, i_surface_downward_shortwave) = downward_shortwave
                    row(i, i_surface_net_shortwave) = net_shortwave
                    row(i, i_cloud_cover) = cloud_cover
                    row(i, i_stratiform_cloud_cover) = stratiform_cover
                end if
                row(i, i_eastward_stress) = eastward_stress(3)
                row(i, i_northward_stress) = northward_stress(3)
                row(i, i_sensible_heat_flux) = sensible_heat(3)
                row(i, i_evaporation) = evaporation(3)
                row(i, i_column_water_vapour) = &
                    1.0e-3_dp*row(i, i_surface_pressure)/c%gravity*sum(thickness*max(q(:, i), 0.0_dp))
                physics%exchange%net_surface_heat_flux_land(i, j) = net_heat(1)
                physics%exchange%net_surface_heat_flux_sea(i, j) = net_heat(2)
                physics%exchange%sensible_heat_flux_sea(i, j) = sensible_heat(2)
                physics%exchange%evaporation_sea(i, j) = evaporation(2)

                mass_factor = c%gravity/(thickness(n)*row(i, i_surface_pressure))
                heating_diffusion(n) = heating_diffusion(n) + sensible_heat(3)*mass_factor/c%specific_heat
                moistening_diffusion(n) = moistening_diffusion(n) + evaporation(3)*mass_factor
                process(:, i_heating_shortwave, i, j) = shortwave_heating
                process(:, i_heating_boundary_layer, i, j) = heating_diffusion
                process(:, i_moistening_boundary_layer, i, j) = moistening_diffusion
                process(:, i_heating_physics, i, j) = dt(:, i)
            end do
        end associate
        physics%maps(:, j, :) = row

        do k = 1, n
            physics%total%eastward_wind(:, j, k) = du(k, :)
            physics%total%northward_wind(:, j, k) = dv(k, :)
            physics%total%temperature(:, j, k) = dt(k, :)
            physics%total%specific_humidity(:, j, k) = dq(k, :)
        end do
    end subroutine run_row

    !> From (longitude, level) to (level, longitude).
    pure subroutine columns_of_row(row, columns)
        real(dp), intent(in) :: row(:, :)
        real(dp), intent(out) :: columns(:, :)
        integer :: k

        do k = 1, size(row, 2)
            columns(k, :) = row(:, k)
        end do
    end subroutine columns_of_row

end module grid_physics
