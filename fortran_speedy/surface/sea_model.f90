!> Sea: the temperature that the atmosphere sees, from observed climatology and anomalies, sea ice
!> and slabs of ocean and ice (spec 23).
module sea_model_process
    use constants, only: physical_constants
    use interpolation_process, only: interpolate_linear
    use kinds, only: dp
    use status_codes, only: status_ok, status_unknown_flag
    implicit none
    private
    public :: sea_model, sea_model_parameters

    type :: sea_model_parameters
        real(dp) :: freezing_point = real(273.2 - 1.8, dp)            ! K
        real(dp) :: ice_sea_coefficient = 1.0_dp                      ! W m-2 K-1, heat flux between ice and sea
        real(dp) :: ice_anomaly_scale = 20.0_dp                       ! K, of the non-linear damping of ice
        real(dp) :: sea_albedo = real(0.07, dp)                       ! 1
        real(dp) :: ice_albedo = real(0.60, dp)                       ! 1
        real(dp) :: dividing_ice_fraction = 0.5_dp                    ! 1, least below and most above freezing
    end type sea_model_parameters

contains

    !> One coupling call at one point.
    !>
    !> sea_coupling_flag: 0 prescribes the temperature; 1 as 0, the slab ocean runs alongside; 2 takes
    !> that of the slab ocean; 3 the slab's anomaly on the observed climatology; 4 as 3, but the
    !> observed anomaly in the El Nino region. ice_coupling_flag: 0 climatological ice, 1 ice slab.
    !> sst_anomaly_coupling_flag: 1 adds observed anomalies where flags 0, 1 and 4 of the sea ask for
    !> them (4 always). At coupling day 0 the slabs start from the climatology.
    pure subroutine sea_model(constants, parameters, sea_coupling_flag, ice_coupling_flag, &
            sst_anomaly_coupling_flag, coupling_day, month_fraction, interpolated_sst, &
            interpolated_sea_ice_fraction, sst_anomaly_slot_1, sst_anomaly_slot_2, sst_anomaly_slot_3, &
            interpolated_ocean_model_sst, el_nino_weight, ocean_temperature_state, ice_temperature_state, &
            ice_fraction_state, ice_fraction_previous, ice_temperature_previous, net_surface_heat_flux_sea, &
            sensible_heat_flux_sea, evaporation_sea, surface_downward_shortwave, ocean_inverse_heat_capacity, &
            ice_inverse_heat_capacity, ocean_damping_factor, ice_damping_factor, sst_climatology, &
            sea_ice_fraction_climatology, ice_temperature_climatology, sst_anomaly_observed, &
            ocean_model_sst_climatology, ocean_temperature_state_new, ice_temperature_state_new, &
            ice_fraction_state_new, sst_anomaly, sea_surface_temperature, sea_ice_fraction, ice_temperature, &
            sea_surface_temperature_second, status)
        type(physical_constants), intent(in) :: constants
        type(sea_model_parameters), intent(in) :: parameters
        integer, intent(in) :: sea_coupling_flag, ice_coupling_flag, sst_anomaly_coupling_flag
        integer, intent(in) :: coupling_day                           ! 0 = initialisation
        real(dp), intent(in) :: month_fraction                        ! 1
        real(dp), intent(in) :: interpolated_sst                      ! K, of sea and ice, at the current date
        real(dp), intent(in) :: interpolated_sea_ice_fraction         ! 1, at the current date
        real(dp), intent(in) :: sst_anomaly_slot_1, sst_anomaly_slot_2, sst_anomaly_slot_3     ! K
        real(dp), intent(in) :: interpolated_ocean_model_sst          ! K, flags 3 and 4
        real(dp), intent(in) :: el_nino_weight                        ! 1, flag 4
        real(dp), intent(in) :: ocean_temperature_state               ! K
        real(dp), intent(in) :: ice_temperature_state                 ! K
        real(dp), intent(in) :: ice_fraction_state                    ! 1
        real(dp), intent(in) :: ice_fraction_previous                 ! 1, seen by the atmosphere so far
        real(dp), intent(in) :: ice_temperature_previous              ! K, seen by the atmosphere so far
        real(dp), intent(in) :: net_surface_heat_flux_sea             ! W m-2, into the sea
        real(dp), intent(in) :: sensible_heat_flux_sea                ! W m-2, upward
        real(dp), intent(in) :: evaporation_sea                       ! g m-2 s-1, upward
        real(dp), intent(in) :: surface_downward_shortwave            ! W m-2
        real(dp), intent(in) :: ocean_inverse_heat_capacity           ! K m2 W-1, time step / heat capacity
        real(dp), intent(in) :: ice_inverse_heat_capacity             ! K m2 W-1, time step / heat capacity
        real(dp), intent(in) :: ocean_damping_factor                  ! 1, per call
        real(dp), intent(in) :: ice_damping_factor                    ! 1, per call
        real(dp), intent(out) :: sst_climatology                      ! K, of open water
        real(dp), intent(out) :: sea_ice_fraction_climatology         ! 1
        real(dp), intent(out) :: ice_temperature_climatology          ! K
        real(dp), intent(out) :: sst_anomaly_observed                 ! K, 0 if not used
        real(dp), intent(out) :: ocean_model_sst_climatology          ! K, 0 unless flag 3 or 4
        real(dp), intent(out) :: ocean_temperature_state_new          ! K
        real(dp), intent(out) :: ice_temperature_state_new            ! K
        real(dp), intent(out) :: ice_fraction_state_new               ! 1
        real(dp), intent(out) :: sst_anomaly                          ! K, added to the climatology
        real(dp), intent(out) :: sea_surface_temperature              ! K, seen by the atmosphere, with ice
        real(dp), intent(out) :: sea_ice_fraction                     ! 1, seen by the atmosphere
        real(dp), intent(out) :: ice_temperature                      ! K, seen by the atmosphere
        real(dp), intent(out) :: sea_surface_temperature_second       ! K, of the slab ocean, with ice
        integer, intent(out) :: status
        real(dp) :: open_water, slab_anomaly

        sst_anomaly_observed = 0.0_dp
        ocean_model_sst_climatology = 0.0_dp
        ocean_temperature_state_new = ocean_temperature_state
        ice_temperature_state_new = ice_temperature_state
        ice_fraction_state_new = ice_fraction_state
        sst_anomaly = 0.0_dp
        call split_climatology(parameters, interpolated_sst, interpolated_sea_ice_fraction, sst_climatology, &
            sea_ice_fraction_climatology, ice_temperature_climatology)
        sea_ice_fraction = sea_ice_fraction_climatology
        ice_temperature = ice_temperature_climatology
        sea_surface_temperature = sst_climatology
        sea_surface_temperature_second = sst_climatology
        status = status_ok
        if (sea_coupling_flag < 0 .or. sea_coupling_flag > 4 .or. ice_coupling_flag < 0 .or. ice_coupling_flag > 1 &
            .or. sst_anomaly_coupling_flag < 0 .or. sst_anomaly_coupling_flag > 1) status = status_unknown_flag
        if (status /= status_ok) return

        if (sst_anomaly_coupling_flag == 1 .or. sea_coupling_flag == 4) then
            sst_anomaly_observed = &
                interpolate_linear(2, month_fraction, [sst_anomaly_slot_1, sst_anomaly_slot_2, sst_anomaly_slot_3])
        end if
        if (sea_coupling_flag >= 3) then
            ocean_model_sst_climatology = interpolated_ocean_model_sst + (sst_climatology - interpolated_sst)
        end if

        if (coupling_day <= 0) then
            ocean_temperature_state_new = merge(sst_climatology, 0.0_dp, sea_coupling_flag > 0)
            ice_temperature_state_new = ice_temperature_climatology
            ice_fraction_state_new = sea_ice_fraction_climatology
        else if (sea_coupling_flag > 0 .or. ice_coupling_flag > 0) then
            call step_slabs(constants, parameters, sst_climatology, sea_ice_fraction_climatology, &
                ice_temperature_climatology, ocean_temperature_state, ice_temperature_state, ice_fraction_previous, &
                ice_temperature_previous, net_surface_heat_flux_sea, sensible_heat_flux_sea, evaporation_sea, &
                surface_downward_shortwave, ocean_inverse_heat_capacity, ice_inverse_heat_capacity, &
                ocean_damping_factor, ice_damping_factor, ocean_temperature_state_new, ice_temperature_state_new)
            ice_fraction_state_new = sea_ice_fraction_climatology
        end if

        slab_anomaly = ocean_temperature_state_new - ocean_model_sst_climatology
        select case (sea_coupling_flag)
        case (2)
            open_water = ocean_temperature_state_new
        case (3)
            sst_anomaly = slab_anomaly
            open_water = sst_climatology + sst_anomaly
        case (4)
            sst_anomaly = slab_anomaly + el_nino_weight*(sst_anomaly_observed - slab_anomaly)
            open_water = sst_climatology + sst_anomaly
        case default
            sst_anomaly = sst_anomaly_observed
            open_water = sst_climatology + sst_anomaly
        end select

        if (ice_coupling_flag == 1) then
            sea_ice_fraction = ice_fraction_state_new
            ice_temperature = ice_temperature_state_new
        end if
        sea_surface_temperature = open_water + sea_ice_fraction*(ice_temperature - open_water)
        sea_surface_temperature_second = ocean_temperature_state_new &
            + sea_ice_fraction*(ice_temperature - ocean_temperature_state_new)
    end subroutine sea_model

    !> Open water and ice of a point of which only the mean surface temperature is known.
    pure subroutine split_climatology(p, surface, ice_fraction_given, sst, ice_fraction, ice_temperature)
        type(sea_model_parameters), intent(in) :: p
        real(dp), intent(in) :: surface, ice_fraction_given
        real(dp), intent(out) :: sst, ice_fraction, ice_temperature

        if (surface > p%freezing_point) then
            ice_fraction = min(p%dividing_ice_fraction, ice_fraction_given)
            ice_temperature = p%freezing_point
            sst = surface
            if (ice_fraction > 0.0_dp) sst = p%freezing_point + (surface - p%freezing_point)/(1.0_dp - ice_fraction)
        else
            ice_fraction = max(p%dividing_ice_fraction, ice_fraction_given)
            ice_temperature = p%freezing_point + (surface - p%freezing_point)/ice_fraction
            sst = p%freezing_point
        end if
    end subroutine split_climatology

    !> One step of the mixed layer and of the ice, as anomalies from their climatologies.
    pure subroutine step_slabs(c, p, sst, ice_fraction, ice_climatology, ocean, ice, ice_fraction_previous, &
            ice_temperature_previous, net_flux, sensible_heat_flux, evaporation, shortwave, ocean_inverse_capacity, &
            ice_inverse_capacity, ocean_damping, ice_damping, ocean_new, ice_new)
        type(physical_constants), intent(in) :: c
        type(sea_model_parameters), intent(in) :: p
        real(dp), intent(in) :: sst, ice_fraction, ice_climatology     ! climatology of the current date
        real(dp), intent(in) :: ocean, ice
        real(dp), intent(in) :: ice_fraction_previous, ice_temperature_previous
        real(dp), intent(in) :: net_flux, sensible_heat_flux, evaporation, shortwave
        real(dp), intent(in) :: ocean_inverse_capacity, ice_inverse_capacity, ocean_damping, ice_damping
        real(dp), intent(out) :: ocean_new, ice_new
        real(dp) :: excess, flux_into_ice, flux_into_ocean, anomaly, damping

        ! What ice gains more than open water would, then the ice's gain from above and below.
        excess = (p%sea_albedo - p%ice_albedo)*shortwave &
            + c%surface_emissivity*c%stefan_boltzmann*(p%freezing_point**4 - ice_temperature_previous**4) &
            + sensible_heat_flux + c%latent_heat*evaporation
        flux_into_ice = net_flux + excess*(1.0_dp - ice_fraction_previous) &
            + p%ice_sea_coefficient*(p%freezing_point - ice)
        flux_into_ocean = net_flux - ice_fraction*flux_into_ice

        ocean_new = ocean_damping*((ocean - sst) + ocean_inverse_capacity*flux_into_ocean) + sst

        anomaly = ice - ice_climatology
        damping = ice_damping*(p%ice_anomaly_scale/(p%ice_anomaly_scale + abs(anomaly)))
        ice_new = damping*(anomaly + ice_inverse_capacity*flux_into_ice) + ice_climatology
    end subroutine step_slabs

end module sea_model_process
