!> Exchange of momentum, heat and water with a surface of land and sea (spec 20; Molteni 2003, appendix).
!>
!> Bulk formulae with a stability correction. Over land a skin temperature follows from one Newton
!> step of the surface energy balance; sea includes sea ice.
module surface_fluxes_process
    use constants, only: gas_constant, physical_constants
    use formulation, only: formulation_switches
    use humidity_process, only: humidity_parameters, saturation_humidity
    use kinds, only: dp
    use status_codes, only: status_ok, status_pressure_not_positive
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: surface_fluxes, surface_fluxes_parameters
    public :: orographic_drag, sea_exchange, sea_fluxes, turbulent_fluxes

    type :: surface_fluxes_parameters
        real(dp) :: near_surface_wind_ratio = real(0.95, dp)                      ! 1, near-surface / lowest-level wind
        real(dp) :: land_drag_coefficient = real(2.4e-3, dp)         ! 1, momentum
        real(dp) :: sea_drag_coefficient = real(1.0e-3, dp)          ! 1, momentum
        real(dp) :: land_exchange_coefficient = real(1.2e-3, dp)     ! 1, heat and water
        real(dp) :: sea_exchange_coefficient = real(0.9e-3, dp)      ! 1, heat and water
        real(dp) :: gustiness = 5.0_dp                               ! m s-1
        real(dp) :: daily_cycle_factor = real(1.0e-2, dp)        ! K m2 W-1
        real(dp) :: stability_temperature_cap = 3.0_dp            ! K
        real(dp) :: stability_amplitude = real(0.67, dp)             ! 1
        real(dp) :: stable_side_factor = 0.5_dp                        ! 1, factor on the stable side
        real(dp) :: orographic_height_scale = 2000.0_dp                    ! m, of the orographic drag
        real(dp) :: bare_soil_conductivity = 7.0_dp                  ! W m-2 K-1, skin to soil
        real(dp) :: snow_conductivity = 7.0_dp                  ! W m-2 K-1, skin to soil under snow
        real(dp) :: sea_level_reference_temperature = 288.0_dp       ! K
    end type surface_fluxes_parameters

    !> What a second evaluation of the sea fluxes keeps of the first.
    type :: sea_exchange
        real(dp) :: mass_flux                    ! kg m-2 s-1, density times wind speed times stability factor
        real(dp) :: near_surface_temperature     ! K
        real(dp) :: specific_humidity            ! g kg-1
    end type sea_exchange

contains

    !> Surface fluxes of one column, and the sea fluxes once more with a second sea temperature.
    pure subroutine surface_fluxes(constants, grid, formulation, parameters, humidity, normalized_surface_pressure, &
            eastward_wind, northward_wind, temperature, specific_humidity, geopotential, surface_geopotential, &
            land_fraction, sea_surface_temperature, sea_surface_temperature_second, surface_downward_shortwave, &
            surface_downward_longwave, land_albedo, sea_albedo, snow_cover, land_surface_temperature, &
            soil_water_availability, cos_latitude, orographic_drag_factor, eastward_wind_stress, &
            northward_wind_stress, sensible_heat_flux, evaporation, surface_upward_longwave, &
            net_surface_heat_flux, surface_temperature, skin_temperature, near_surface_eastward_wind, &
            near_surface_northward_wind, near_surface_temperature, sensible_heat_flux_sea_recomputed, &
            evaporation_sea_recomputed, surface_upward_longwave_sea_recomputed, &
            net_surface_heat_flux_sea_recomputed, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(formulation_switches), intent(in) :: formulation
        type(surface_fluxes_parameters), intent(in) :: parameters
        type(humidity_parameters), intent(in) :: humidity
        real(dp), intent(in) :: normalized_surface_pressure                 ! 1
        real(dp), contiguous, intent(in) :: eastward_wind(:), northward_wind(:)         ! m s-1
        real(dp), contiguous, intent(in) :: temperature(:)                              ! K
        real(dp), contiguous, intent(in) :: specific_humidity(:)                        ! g kg-1, not negative
        real(dp), contiguous, intent(in) :: geopotential(:)                             ! m2 s-2
        real(dp), intent(in) :: surface_geopotential                        ! m2 s-2
        real(dp), intent(in) :: land_fraction                               ! 1
        real(dp), intent(in) :: sea_surface_temperature                     ! K, open water and ice
        real(dp), intent(in) :: sea_surface_temperature_second              ! K, of the second evaluation
        real(dp), intent(in) :: surface_downward_shortwave                  ! W m-2
        real(dp), intent(in) :: surface_downward_longwave                   ! W m-2
        real(dp), intent(in) :: land_albedo, sea_albedo                     ! 1
        real(dp), intent(in) :: snow_cover                                  ! 1
        real(dp), intent(in) :: land_surface_temperature                    ! K, of the slab
        real(dp), intent(in) :: soil_water_availability                     ! 1
        real(dp), intent(in) :: cos_latitude                                ! 1
        real(dp), intent(out) :: orographic_drag_factor                     ! 1
        real(dp), contiguous, intent(out) :: eastward_wind_stress(:)                    ! N m-2, on the air; land, sea, mean
        real(dp), contiguous, intent(out) :: northward_wind_stress(:)                   ! N m-2, on the air; land, sea, mean
        real(dp), contiguous, intent(out) :: sensible_heat_flux(:)                      ! W m-2, upward; land, sea, mean
        real(dp), contiguous, intent(out) :: evaporation(:)                             ! g m-2 s-1, upward; land, sea, mean
        real(dp), contiguous, intent(out) :: surface_upward_longwave(:)                 ! W m-2, emission; land, sea, mean
        real(dp), contiguous, intent(out) :: net_surface_heat_flux(:)                   ! W m-2, into the surface; land, sea
        real(dp), intent(out) :: surface_temperature                        ! K, mean of slab and sea
        real(dp), intent(out) :: skin_temperature                           ! K, mean of skin and sea
        real(dp), intent(out) :: near_surface_eastward_wind                 ! m s-1
        real(dp), intent(out) :: near_surface_northward_wind                ! m s-1
        real(dp), intent(out) :: near_surface_temperature                   ! K
        real(dp), intent(out) :: sensible_heat_flux_sea_recomputed          ! W m-2, upward
        real(dp), intent(out) :: evaporation_sea_recomputed                 ! g m-2 s-1, upward
        real(dp), intent(out) :: surface_upward_longwave_sea_recomputed     ! W m-2
        real(dp), intent(out) :: net_surface_heat_flux_sea_recomputed       ! W m-2, into the sea
        integer, intent(out) :: status
        type(sea_exchange) :: exchange

        orographic_drag_factor = orographic_drag(constants, formulation, parameters, surface_geopotential)
        call turbulent_fluxes(constants, grid, formulation, parameters, humidity, normalized_surface_pressure, &
            eastward_wind, northward_wind, temperature, specific_humidity, geopotential, surface_geopotential, &
            land_fraction, orographic_drag_factor, sea_surface_temperature, surface_downward_shortwave, &
            surface_downward_longwave, land_albedo, sea_albedo, snow_cover, land_surface_temperature, &
            soil_water_availability, cos_latitude, eastward_wind_stress, northward_wind_stress, &
            sensible_heat_flux, evaporation, surface_upward_longwave, net_surface_heat_flux, surface_temperature, &
            skin_temperature, near_surface_eastward_wind, near_surface_northward_wind, near_surface_temperature, &
            exchange, status)
        if (status /= status_ok) then
            sensible_heat_flux_sea_recomputed = 0.0_dp
            evaporation_sea_recomputed = 0.0_dp
            surface_upward_longwave_sea_recomputed = 0.0_dp
            net_surface_heat_flux_sea_recomputed = 0.0_dp
            return
        end if
        call sea_fluxes(constants, formulation, parameters, humidity, normalized_surface_pressure, exchange, &
            sea_surface_temperature_second, surface_downward_shortwave, surface_downward_longwave, sea_albedo, &
            sensible_heat_flux_sea_recomputed, evaporation_sea_recomputed, &
            surface_upward_longwave_sea_recomputed, net_surface_heat_flux_sea_recomputed)
    end subroutine surface_fluxes

    !> Factor by which orography enhances the drag of land, F = 1 + A (1 - exp(-max(phi_s, 0)/(g H))).
    elemental function orographic_drag(constants, formulation, parameters, surface_geopotential) result(factor)
        type(physical_constants), intent(in) :: constants
        type(formulation_switches), intent(in) :: formulation
        type(surface_fluxes_parameters), intent(in) :: parameters
        real(dp), intent(in) :: surface_geopotential     ! m2 s-2
        real(dp) :: factor
        real(dp) :: amplitude, inverse_height

        inverse_height = 1.0_dp/(constants%gravity*parameters%orographic_height_scale)
        amplitude = merge(inverse_height, 1.0_dp, formulation%orographic_drag_amplitude_is_inverse_height)
        factor = 1.0_dp + amplitude*(1.0_dp - exp(-inverse_height*max(surface_geopotential, 0.0_dp)))
    end function orographic_drag

    !> Fluxes over land, over sea and their area mean; arguments as in surface_fluxes.
    pure subroutine turbulent_fluxes(constants, grid, formulation, parameters, humidity, &
            normalized_surface_pressure, eastward_wind, northward_wind, temperature, specific_humidity, geopotential, &
            surface_geopotential, land_fraction, orographic_drag_factor, sea_surface_temperature, &
            surface_downward_shortwave, surface_downward_longwave, land_albedo, sea_albedo, snow_cover, &
            land_surface_temperature, soil_water_availability, cos_latitude, eastward_wind_stress, &
            northward_wind_stress, sensible_heat_flux, evaporation, surface_upward_longwave, &
            net_surface_heat_flux, surface_temperature, skin_temperature, near_surface_eastward_wind, &
            near_surface_northward_wind, near_surface_temperature, exchange, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(formulation_switches), intent(in) :: formulation
        type(surface_fluxes_parameters), intent(in) :: parameters
        type(humidity_parameters), intent(in) :: humidity
        real(dp), intent(in) :: normalized_surface_pressure
        real(dp), dimension(:), contiguous, intent(in) :: eastward_wind, northward_wind, temperature, &
            specific_humidity, geopotential
        real(dp), intent(in) :: surface_geopotential, land_fraction, orographic_drag_factor, sea_surface_temperature, &
            surface_downward_shortwave, surface_downward_longwave, land_albedo, sea_albedo, snow_cover, &
            land_surface_temperature, soil_water_availability, cos_latitude
        real(dp), dimension(:), contiguous, intent(out) :: eastward_wind_stress, northward_wind_stress, sensible_heat_flux, &
            evaporation, surface_upward_longwave, net_surface_heat_flux
        real(dp), intent(out) :: surface_temperature, skin_temperature, near_surface_eastward_wind, &
            near_surface_northward_wind, near_surface_temperature
        type(sea_exchange), intent(out) :: exchange     ! for a second evaluation of the sea fluxes
        integer, intent(out) :: status
        real(dp) :: air_temperature_land, air_temperature_sea, extrapolation
        real(dp) :: dry_adiabatic_land, dry_adiabatic_sea
        real(dp) :: mass_flux, mass_flux_land, mass_flux_sea, skin
        integer :: n

        n = grid%levels
        status = status_ok
        if (.not. normalized_surface_pressure > 0.0_dp) status = status_pressure_not_positive
        if (status /= status_ok) then
            eastward_wind_stress = 0.0_dp
            northward_wind_stress = 0.0_dp
            sensible_heat_flux = 0.0_dp
            evaporation = 0.0_dp
            surface_upward_longwave = 0.0_dp
            net_surface_heat_flux = 0.0_dp
            surface_temperature = 0.0_dp
            skin_temperature = 0.0_dp
            near_surface_eastward_wind = 0.0_dp
            near_surface_northward_wind = 0.0_dp
            near_surface_temperature = 0.0_dp
            exchange = sea_exchange(0.0_dp, 0.0_dp, 0.0_dp)
            return
        end if

        associate (c => constants, p => parameters, ps => normalized_surface_pressure, u => eastward_wind, &
                v => northward_wind, t => temperature, phi => geopotential, phi_s => surface_geopotential, &
                t_sea => sea_surface_temperature, t_land => land_surface_temperature)

            near_surface_eastward_wind = p%near_surface_wind_ratio*u(n)
            near_surface_northward_wind = p%near_surface_wind_ratio*v(n)

            ! Air near the surface: extrapolated from the two lowest layers, over sea down to sea level.
            air_temperature_land = t(n)
            air_temperature_sea = t(n)
            if (t(n) > t(n - 1)) then
                extrapolation = grid%half_level_weight(n)*(t(n) - t(n - 1))
                air_temperature_land = t(n) + extrapolation
                air_temperature_sea = air_temperature_land - phi_s*extrapolation &
                    /(gas_constant(c)*p%sea_level_reference_temperature*log(grid%full_level_sigma(n)))
            end if
            near_surface_temperature = area_mean(air_temperature_land, air_temperature_sea)

            dry_adiabatic_sea = t(n) + phi(n)/c%specific_heat
            dry_adiabatic_land = dry_adiabatic_sea - phi_s/c%specific_heat
            mass_flux = c%reference_pressure*ps/(gas_constant(c)*near_surface_temperature) &
                *sqrt(near_surface_eastward_wind**2 + near_surface_northward_wind**2 + p%gustiness**2)
            skin = t_land + p%daily_cycle_factor*sqrt(cos_latitude)*surface_downward_shortwave &
                *(1.0_dp - land_albedo)*ps
            mass_flux_land = mass_flux*stability_factor(p, skin - dry_adiabatic_land)
            mass_flux_sea = mass_flux*stability_factor(p, t_sea - dry_adiabatic_sea)

            ! Over land the drag has no stability correction.
            eastward_wind_stress(1) = -p%land_drag_coefficient*mass_flux*orographic_drag_factor*u(n)
            northward_wind_stress(1) = -p%land_drag_coefficient*mass_flux*orographic_drag_factor*v(n)
            eastward_wind_stress(2) = -p%sea_drag_coefficient*mass_flux_sea*u(n)
            northward_wind_stress(2) = -p%sea_drag_coefficient*mass_flux_sea*v(n)

            call land_fluxes(c, p, humidity, ps, mass_flux_land, air_temperature_land, specific_humidity(n), t_land, &
                soil_water_availability, surface_downward_shortwave*(1.0_dp - land_albedo) + surface_downward_longwave, &
                snow_cover, skin, sensible_heat_flux(1), evaporation(1), surface_upward_longwave(1), &
                net_surface_heat_flux(1))

            exchange = sea_exchange(mass_flux_sea, air_temperature_sea, specific_humidity(n))
            call sea_fluxes(c, formulation, p, humidity, ps, exchange, t_sea, surface_downward_shortwave, &
                surface_downward_longwave, sea_albedo, sensible_heat_flux(2), evaporation(2), &
                surface_upward_longwave(2), net_surface_heat_flux(2))

            eastward_wind_stress(3) = area_mean(eastward_wind_stress(1), eastward_wind_stress(2))
            northward_wind_stress(3) = area_mean(northward_wind_stress(1), northward_wind_stress(2))
            sensible_heat_flux(3) = area_mean(sensible_heat_flux(1), sensible_heat_flux(2))
            evaporation(3) = area_mean(evaporation(1), evaporation(2))
            surface_upward_longwave(3) = area_mean(surface_upward_longwave(1), surface_upward_longwave(2))
            surface_temperature = area_mean(t_land, t_sea)
            skin_temperature = area_mean(skin, t_sea)
        end associate

    contains

        !> Mean over the column's land and sea.
        pure function area_mean(land, sea) result(mean)
            real(dp), intent(in) :: land, sea
            real(dp) :: mean

            mean = sea + land_fraction*(land - sea)
        end function area_mean

    end subroutine turbulent_fluxes

    !> Fluxes over land and the skin temperature: the fluxes of a first guess, then one Newton step
    !> of the skin temperature towards balance, to which the fluxes respond linearly.
    pure subroutine land_fluxes(c, p, humidity, ps, mass_flux, air_temperature, q, t_land, soil_water_availability, &
            absorbed_radiation, snow_cover, skin, sensible_heat_flux, evaporation, upward_longwave, net_heat_flux)
        type(physical_constants), intent(in) :: c
        type(surface_fluxes_parameters), intent(in) :: p
        type(humidity_parameters), intent(in) :: humidity
        real(dp), intent(in) :: ps, mass_flux, air_temperature, q, t_land, soil_water_availability, &
            absorbed_radiation, snow_cover
        real(dp), intent(inout) :: skin     ! K; first guess on entry
        real(dp), intent(out) :: sensible_heat_flux, evaporation, upward_longwave, net_heat_flux
        real(dp) :: conductivity, correction, emission_slope, exchanged, humidity_slope, imbalance, q_skin

        exchanged = p%land_exchange_coefficient*mass_flux
        q_skin = saturation_humidity(humidity, skin, ps)
        sensible_heat_flux = exchanged*c%specific_heat*(skin - air_temperature)
        evaporation = exchanged*max(0.0_dp, soil_water_availability*q_skin - q)
        upward_longwave = c%surface_emissivity*c%stefan_boltzmann*skin**4
        emission_slope = 4.0_dp*c%surface_emissivity*c%stefan_boltzmann*skin**3

        conductivity = p%bare_soil_conductivity + snow_cover*(p%snow_conductivity - p%bare_soil_conductivity)
        imbalance = absorbed_radiation - (upward_longwave + sensible_heat_flux + c%latent_heat*evaporation) &
            - conductivity*(skin - t_land)
        humidity_slope = 0.0_dp
        if (evaporation > 0.0_dp) then
            humidity_slope = soil_water_availability*(saturation_humidity(humidity, skin + 1.0_dp, ps) - q_skin)
        end if
        correction = imbalance &
            /(conductivity + emission_slope + exchanged*(c%specific_heat + c%latent_heat*humidity_slope))

        skin = skin + correction
        sensible_heat_flux = sensible_heat_flux + exchanged*c%specific_heat*correction
        evaporation = evaporation + exchanged*humidity_slope*correction
        upward_longwave = upward_longwave + emission_slope*correction
        net_heat_flux = conductivity*(skin - t_land)
    end subroutine land_fluxes

    !> Fluxes over sea for a given exchange of air; signs and units as in surface_fluxes.
    pure subroutine sea_fluxes(constants, formulation, parameters, humidity, normalized_surface_pressure, exchange, &
            sea_surface_temperature, surface_downward_shortwave, surface_downward_longwave, sea_albedo, &
            sensible_heat_flux, evaporation, surface_upward_longwave, net_surface_heat_flux)
        type(physical_constants), intent(in) :: constants
        type(formulation_switches), intent(in) :: formulation
        type(surface_fluxes_parameters), intent(in) :: parameters
        type(humidity_parameters), intent(in) :: humidity
        real(dp), intent(in) :: normalized_surface_pressure
        type(sea_exchange), intent(in) :: exchange
        real(dp), intent(in) :: sea_surface_temperature, surface_downward_shortwave, surface_downward_longwave, sea_albedo
        real(dp), intent(out) :: sensible_heat_flux, evaporation, surface_upward_longwave, net_surface_heat_flux
        real(dp) :: exchanged, radiation, turbulent_loss

        exchanged = parameters%sea_exchange_coefficient*exchange%mass_flux
        sensible_heat_flux = exchanged*constants%specific_heat &
            *(sea_surface_temperature - exchange%near_surface_temperature)
        evaporation = exchanged*(saturation_humidity(humidity, sea_surface_temperature, normalized_surface_pressure) &
            - exchange%specific_humidity)
        surface_upward_longwave = constants%surface_emissivity*constants%stefan_boltzmann*sea_surface_temperature**4

        radiation = surface_downward_shortwave*(1.0_dp - sea_albedo) + surface_downward_longwave - surface_upward_longwave
        turbulent_loss = sensible_heat_flux + constants%latent_heat*evaporation
        if (formulation%sea_heat_flux_adds_turbulent_fluxes) then
            net_surface_heat_flux = radiation + turbulent_loss
        else
            net_surface_heat_flux = radiation - turbulent_loss
        end if
    end subroutine sea_fluxes

    !> Stability correction of the exchange for a surface warmer than the air by `difference` (K).
    pure function stability_factor(p, difference) result(factor)
        type(surface_fluxes_parameters), intent(in) :: p
        real(dp), intent(in) :: difference
        real(dp) :: factor
        real(dp) :: limited

        if (difference > 0.0_dp) then
            limited = min(p%stability_temperature_cap, difference)
        else
            limited = max(-p%stability_temperature_cap, p%stable_side_factor*difference)
        end if
        factor = 1.0_dp + p%stability_amplitude/p%stability_temperature_cap*limited
    end function stability_factor

end module surface_fluxes_process
