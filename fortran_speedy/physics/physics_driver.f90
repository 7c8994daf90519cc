!> All column processes of one physics call, in their order, and the total tendency (spec 16).
!>
!> Every process sees the same state; only fluxes, cloud indices and precipitation are handed on.
!> Short-wave radiation is computed in some calls and kept for the others: what ends in `_in` is
!> what the call before left under the same name.
module physics_driver_process
    use, intrinsic :: ieee_arithmetic, only: ieee_quiet_nan, ieee_value
    use clouds_process, only: clouds
    use constants, only: physical_constants
    use convection_process, only: convection
    use formulation, only: formulation_switches
    use humidity_process, only: saturation_humidity
    use kinds, only: dp
    use large_scale_condensation_process, only: large_scale_condensation
    use longwave_radiation_process, only: longwave_downward, longwave_upward
    use physics_parameter_sets, only: physics_parameters
    use shortwave_radiation_process, only: shortwave_radiation
    use status_codes, only: status_ok
    use surface_fluxes_process, only: sea_exchange, turbulent_fluxes
    use vertical_diffusion_process, only: vertical_diffusion
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: physics_driver

contains

    !> Physical tendencies and diagnostics of one column. The status is the first that a process reports.
    pure subroutine physics_driver(constants, grid, formulation, parameters, shortwave_step, eastward_wind, &
            northward_wind, temperature, specific_humidity, geopotential, log_normalized_surface_pressure, &
            surface_geopotential, land_fraction, land_surface_temperature, soil_water_availability, &
            sea_surface_temperature, land_albedo, sea_albedo, surface_albedo, snow_cover, orographic_drag_factor, &
            cos_latitude, insolation, ozone_absorption_upper, ozone_absorption_lower, zenith_factor, &
            polar_night_cooling, longwave_transmissivity_in, stratospheric_correction_in, &
            temperature_tendency_shortwave_in, toa_net_shortwave_in, surface_downward_shortwave_in, &
            surface_net_shortwave_in, eastward_wind_tendency, northward_wind_tendency, temperature_tendency, &
            specific_humidity_tendency, temperature_tendency_convection, specific_humidity_tendency_convection, &
            temperature_tendency_condensation, specific_humidity_tendency_condensation, &
            temperature_tendency_shortwave, temperature_tendency_longwave, temperature_tendency_vertical_diffusion, &
            specific_humidity_tendency_vertical_diffusion, convection_top_level, precipitation_top_level, &
            cloud_top_level, cloud_cover, stratiform_cloud_cover, dry_static_energy_gradient, cloud_base_mass_flux, &
            convective_precipitation, large_scale_precipitation, surface_downward_shortwave, surface_net_shortwave, &
            toa_net_shortwave, surface_downward_longwave, surface_net_upward_longwave, outgoing_longwave, &
            surface_temperature, skin_temperature, near_surface_eastward_wind, near_surface_northward_wind, &
            near_surface_temperature, eastward_wind_stress, northward_wind_stress, sensible_heat_flux, evaporation, &
            surface_upward_longwave, net_surface_heat_flux, longwave_transmissivity, stratospheric_correction, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(formulation_switches), intent(in) :: formulation
        type(physics_parameters), intent(in) :: parameters
        integer, intent(in) :: shortwave_step                               ! 0 = keep short wave, else compute it
        real(dp), contiguous, intent(in) :: eastward_wind(:), northward_wind(:)         ! m s-1
        real(dp), contiguous, intent(in) :: temperature(:)                              ! K
        real(dp), contiguous, intent(in) :: specific_humidity(:)                        ! g kg-1, negative values count as 0
        real(dp), contiguous, intent(in) :: geopotential(:)                             ! m2 s-2
        real(dp), intent(in) :: log_normalized_surface_pressure             ! 1
        real(dp), intent(in) :: surface_geopotential                        ! m2 s-2
        real(dp), intent(in) :: land_fraction                               ! 1
        real(dp), intent(in) :: land_surface_temperature                    ! K, of the slab
        real(dp), intent(in) :: soil_water_availability                     ! 1
        real(dp), intent(in) :: sea_surface_temperature                     ! K, open water and ice
        real(dp), intent(in) :: land_albedo, sea_albedo, surface_albedo     ! 1
        real(dp), intent(in) :: snow_cover                                  ! 1
        real(dp), intent(in) :: orographic_drag_factor                      ! 1
        real(dp), intent(in) :: cos_latitude                                ! 1
        real(dp), intent(in) :: insolation                                  ! W m-2, daily mean, downward
        real(dp), intent(in) :: ozone_absorption_upper                      ! W m-2, highest layer
        real(dp), intent(in) :: ozone_absorption_lower                      ! W m-2, the layer below it
        real(dp), intent(in) :: zenith_factor                               ! 1
        real(dp), intent(in) :: polar_night_cooling                         ! W m-2
        real(dp), contiguous, intent(in) :: longwave_transmissivity_in(:, :)            ! 1, (band, level)
        real(dp), contiguous, intent(in) :: stratospheric_correction_in(:)              ! W m-2; 1
        real(dp), contiguous, intent(in) :: temperature_tendency_shortwave_in(:)        ! K s-1
        real(dp), intent(in) :: toa_net_shortwave_in                        ! W m-2, net downward
        real(dp), intent(in) :: surface_downward_shortwave_in               ! W m-2, downward
        real(dp), intent(in) :: surface_net_shortwave_in                    ! W m-2, net downward
        real(dp), dimension(:), contiguous, intent(out) :: eastward_wind_tendency, northward_wind_tendency     ! m s-2, total
        real(dp), contiguous, intent(out) :: temperature_tendency(:)                    ! K s-1, total
        real(dp), contiguous, intent(out) :: specific_humidity_tendency(:)              ! g kg-1 s-1, total
        real(dp), dimension(:), contiguous, intent(out) :: temperature_tendency_convection, temperature_tendency_condensation, &
            temperature_tendency_shortwave, temperature_tendency_longwave, &
            temperature_tendency_vertical_diffusion                         ! K s-1
        real(dp), dimension(:), contiguous, intent(out) :: specific_humidity_tendency_convection, &
            specific_humidity_tendency_condensation, &
            specific_humidity_tendency_vertical_diffusion                   ! g kg-1 s-1
        integer, intent(out) :: convection_top_level                        ! counted from 0; levels = none
        integer, intent(out) :: precipitation_top_level                     ! counted from 0; levels = none
        integer, intent(out) :: cloud_top_level                             ! counted from 0; levels = none, -1 = not computed
        real(dp), intent(out) :: cloud_cover, stratiform_cloud_cover        ! 1, NaN = not computed
        real(dp), intent(out) :: dry_static_energy_gradient                 ! 1, NaN = not computed
        real(dp), intent(out) :: cloud_base_mass_flux                       ! kg m-2 s-1
        real(dp), intent(out) :: convective_precipitation, large_scale_precipitation     ! g m-2 s-1
        real(dp), intent(out) :: surface_downward_shortwave                 ! W m-2, downward
        real(dp), intent(out) :: surface_net_shortwave, toa_net_shortwave   ! W m-2, net downward
        real(dp), intent(out) :: surface_downward_longwave                  ! W m-2, downward
        real(dp), intent(out) :: surface_net_upward_longwave                ! W m-2, net upward
        real(dp), intent(out) :: outgoing_longwave                          ! W m-2, upward
        real(dp), intent(out) :: surface_temperature, skin_temperature      ! K, mean over land and sea
        real(dp), intent(out) :: near_surface_eastward_wind, near_surface_northward_wind     ! m s-1
        real(dp), intent(out) :: near_surface_temperature                   ! K
        real(dp), dimension(:), contiguous, intent(out) :: eastward_wind_stress, northward_wind_stress     ! N m-2, on the air
        real(dp), contiguous, intent(out) :: sensible_heat_flux(:)                      ! W m-2, upward; land, sea, mean
        real(dp), contiguous, intent(out) :: evaporation(:)                             ! g m-2 s-1, upward; land, sea, mean
        real(dp), contiguous, intent(out) :: surface_upward_longwave(:)                 ! W m-2, emission; land, sea, mean
        real(dp), contiguous, intent(out) :: net_surface_heat_flux(:)                   ! W m-2, into the surface; land, sea
        real(dp), contiguous, intent(out) :: longwave_transmissivity(:, :)              ! 1, (band, level)
        real(dp), contiguous, intent(out) :: stratospheric_correction(:)                ! W m-2; 1
        integer, intent(out) :: status
        real(dp), dimension(grid%levels) :: q, q_sat, relative_humidity, dry_static_energy
        real(dp), dimension(grid%levels) :: mass_factor, heat_factor, surface_heating, surface_moistening
        real(dp), dimension(grid%levels) :: convective_energy_flux, convective_humidity_flux
        real(dp), dimension(grid%levels) :: shortwave_absorption, visible_transmissivity, &
            near_infrared_transmissivity, cloud_reflection
        real(dp), dimension(grid%levels) :: longwave_absorption, emission, emission_gradient
        real(dp), dimension(size(longwave_transmissivity, 1)) :: downward_by_band, upward_by_band, toa_by_band
        real(dp) :: band_fraction(size(longwave_transmissivity, 1), grid%levels)
        real(dp) :: ps, excess_humidity, cloud_humidity, shortwave_by_band(2)
        type(sea_exchange) :: exchange
        integer :: k, n, process_status

        n = grid%levels
        status = status_ok

        ps = exp(log_normalized_surface_pressure)
        do k = 1, n
            q(k) = max(specific_humidity(k), 0.0_dp)
            q_sat(k) = saturation_humidity(parameters%humidity, temperature(k), grid%full_level_sigma(k)*ps)
            relative_humidity(k) = q(k)/q_sat(k)
            dry_static_energy(k) = constants%specific_heat*temperature(k) + geopotential(k)
            ! From fluxes into a layer to tendencies: of what a mass carries, and of temperature from energy.
            mass_factor(k) = (1.0_dp/ps)*(constants%gravity/(grid%sigma_thickness(k)*constants%reference_pressure))
            heat_factor(k) = mass_factor(k)/constants%specific_heat
        end do

        call convection(constants, grid, parameters%convection, ps, dry_static_energy, q, q_sat, &
            convection_top_level, excess_humidity, cloud_base_mass_flux, convective_precipitation, &
            convective_energy_flux, convective_humidity_flux, process_status)
        status = first(status, process_status)
        temperature_tendency_convection = convective_energy_flux*heat_factor
        specific_humidity_tendency_convection = convective_humidity_flux*mass_factor

        call large_scale_condensation(constants, grid, formulation, parameters%large_scale_condensation, ps, q, &
            q_sat, convection_top_level, precipitation_top_level, large_scale_precipitation, &
            temperature_tendency_condensation, specific_humidity_tendency_condensation, process_status)
        status = first(status, process_status)

        if (shortwave_step /= 0) then
            dry_static_energy_gradient = (dry_static_energy(n - 1) - dry_static_energy(n)) &
                /(geopotential(n - 1) - geopotential(n))
            call clouds(parameters%clouds, q, relative_humidity, convective_precipitation, &
                large_scale_precipitation, precipitation_top_level, dry_static_energy_gradient, land_fraction, &
                cloud_top_level, cloud_cover, stratiform_cloud_cover, cloud_humidity, process_status)
            status = first(status, process_status)
            call shortwave_radiation(constants, grid, formulation, parameters%shortwave_radiation, ps, q, &
                cloud_top_level, cloud_cover, stratiform_cloud_cover, cloud_humidity, insolation, &
                ozone_absorption_upper, ozone_absorption_lower, zenith_factor, polar_night_cooling, surface_albedo, &
                surface_downward_shortwave, surface_net_shortwave, toa_net_shortwave, shortwave_absorption, &
                visible_transmissivity, near_infrared_transmissivity, cloud_reflection, shortwave_by_band, &
                longwave_transmissivity, stratospheric_correction, process_status)
            status = first(status, process_status)
            temperature_tendency_shortwave = shortwave_absorption*heat_factor
        else
            dry_static_energy_gradient = ieee_value(0.0_dp, ieee_quiet_nan)
            cloud_cover = ieee_value(0.0_dp, ieee_quiet_nan)
            stratiform_cloud_cover = ieee_value(0.0_dp, ieee_quiet_nan)
            cloud_top_level = -1
            surface_downward_shortwave = surface_downward_shortwave_in
            surface_net_shortwave = surface_net_shortwave_in
            toa_net_shortwave = toa_net_shortwave_in
            temperature_tendency_shortwave = temperature_tendency_shortwave_in
            longwave_transmissivity = longwave_transmissivity_in
            stratospheric_correction = stratospheric_correction_in
        end if

        ! The surface needs the downward pass of the long wave, and the upward pass the surface.
        call longwave_downward(constants, grid, formulation, parameters%longwave_radiation, temperature, &
            longwave_transmissivity, surface_downward_longwave, longwave_absorption, downward_by_band, emission, &
            emission_gradient, band_fraction, process_status)
        status = first(status, process_status)
        call turbulent_fluxes(constants, grid, formulation, parameters%surface_fluxes, parameters%humidity, ps, &
            eastward_wind, northward_wind, temperature, q, geopotential, surface_geopotential, land_fraction, &
            orographic_drag_factor, sea_surface_temperature, surface_downward_shortwave, surface_downward_longwave, &
            land_albedo, sea_albedo, snow_cover, land_surface_temperature, soil_water_availability, cos_latitude, &
            eastward_wind_stress, northward_wind_stress, sensible_heat_flux, evaporation, surface_upward_longwave, &
            net_surface_heat_flux, surface_temperature, skin_temperature, near_surface_eastward_wind, &
            near_surface_northward_wind, near_surface_temperature, exchange, process_status)
        status = first(status, process_status)
        call longwave_upward(constants, grid, formulation, parameters%longwave_radiation, temperature, &
            surface_temperature, surface_upward_longwave(3), longwave_transmissivity, stratospheric_correction, &
            surface_downward_longwave, downward_by_band, emission, emission_gradient, band_fraction, &
            longwave_absorption, surface_net_upward_longwave, outgoing_longwave, upward_by_band, toa_by_band, &
            process_status)
        status = first(status, process_status)
        temperature_tendency_longwave = longwave_absorption*heat_factor

        ! Its wind tendencies, which are zero, are where those of the surface stress are added.
        call vertical_diffusion(constants, grid, parameters%vertical_diffusion, dry_static_energy, &
            relative_humidity, q, q_sat, geopotential, convection_top_level, &
            temperature_tendency_vertical_diffusion, specific_humidity_tendency_vertical_diffusion, &
            eastward_wind_tendency, northward_wind_tendency, process_status)
        status = first(status, process_status)
        surface_heating = 0.0_dp
        surface_moistening = 0.0_dp
        surface_heating(n) = sensible_heat_flux(3)*heat_factor(n)
        surface_moistening(n) = evaporation(3)*mass_factor(n)

        eastward_wind_tendency(n) = eastward_wind_tendency(n) + eastward_wind_stress(3)*mass_factor(n)
        northward_wind_tendency(n) = northward_wind_tendency(n) + northward_wind_stress(3)*mass_factor(n)
        temperature_tendency = temperature_tendency_convection + temperature_tendency_condensation &
            + temperature_tendency_shortwave + temperature_tendency_longwave &
            + (temperature_tendency_vertical_diffusion + surface_heating)
        specific_humidity_tendency = specific_humidity_tendency_convection &
            + specific_humidity_tendency_condensation &
            + (specific_humidity_tendency_vertical_diffusion + surface_moistening)
    end subroutine physics_driver

    !> The earlier of two statuses that reports anything.
    pure function first(earlier, later)
        integer, intent(in) :: earlier, later
        integer :: first

        first = merge(earlier, later, earlier /= status_ok)
    end function first

end module physics_driver_process
