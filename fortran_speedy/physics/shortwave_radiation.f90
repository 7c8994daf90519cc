!> Short-wave radiation, a daily mean in two bands, and the transmissivities that the long wave uses
!> until the next call (spec 13 B, C; Molteni 2003, A5; Kucharski et al. 2006, 2013).
module shortwave_radiation_process
    use constants, only: physical_constants
    use formulation, only: formulation_switches
    use kinds, only: dp
    use status_codes, only: status_ok, status_pressure_not_positive, status_too_few_levels
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: shortwave_radiation, shortwave_radiation_parameters

    !> Absorptivities are per layer of sigma thickness 1 at a surface pressure of 1e5 Pa.
    type :: shortwave_radiation_parameters
        real(dp) :: near_infrared_fraction = real(0.05, dp)             ! 1, share of the insolation
        real(dp) :: cloud_albedo = real(0.43, dp)                       ! 1, at cover 1
        real(dp) :: stratiform_cloud_albedo = 0.5_dp                    ! 1, at cover 1
        real(dp) :: dry_air_absorptivity = real(0.033, dp)              ! 1, visible
        real(dp) :: aerosol_absorptivity = real(0.033, dp)              ! 1, visible
        real(dp) :: vapour_absorptivity_visible = real(0.022, dp)       ! kg g-1
        real(dp) :: vapour_absorptivity_near_infrared = 15.0_dp         ! kg g-1
        real(dp) :: cloud_absorptivity = real(0.015, dp)                ! kg g-1, visible, at cover 1
        real(dp) :: maximum_cloud_absorptivity = real(0.15, dp)         ! 1, visible, at cover 1
        real(dp) :: longwave_window_absorptivity = real(0.3, dp)        ! 1
        real(dp) :: longwave_co2_absorptivity = 6.0_dp                  ! 1
        real(dp) :: longwave_weak_vapour_absorptivity = real(0.7, dp)   ! kg g-1
        real(dp) :: longwave_strong_vapour_absorptivity = 50.0_dp       ! kg g-1
        real(dp) :: longwave_thick_cloud_absorptivity = 12.0_dp         ! 1, window, at and below the cloud top
        real(dp) :: longwave_thin_cloud_absorptivity = real(0.6, dp)    ! 1, window above the top; vapour bands
    end type shortwave_radiation_parameters

contains

    !> Short-wave fluxes and absorption, and long-wave transmissivities, of one column.
    pure subroutine shortwave_radiation(constants, grid, formulation, parameters, normalized_surface_pressure, &
            specific_humidity, cloud_top_level, cloud_cover, stratiform_cloud_cover, cloud_humidity, insolation, &
            ozone_absorption_upper, ozone_absorption_lower, zenith_factor, polar_night_cooling, surface_albedo, &
            surface_downward_shortwave, surface_net_shortwave, toa_net_shortwave, shortwave_absorption, &
            shortwave_transmissivity_visible, shortwave_transmissivity_near_infrared, shortwave_cloud_reflection, &
            surface_shortwave_by_band, longwave_transmissivity, stratospheric_correction, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(formulation_switches), intent(in) :: formulation
        type(shortwave_radiation_parameters), intent(in) :: parameters
        real(dp), intent(in) :: normalized_surface_pressure                     ! 1
        real(dp), contiguous, intent(in) :: specific_humidity(:)                            ! g kg-1
        integer, intent(in) :: cloud_top_level                                  ! counted from 0; levels = no cloud
        real(dp), intent(in) :: cloud_cover                                     ! 1
        real(dp), intent(in) :: stratiform_cloud_cover                          ! 1
        real(dp), intent(in) :: cloud_humidity                                  ! g kg-1
        real(dp), intent(in) :: insolation                                      ! W m-2, daily mean, downward
        real(dp), intent(in) :: ozone_absorption_upper                          ! W m-2, in the highest layer
        real(dp), intent(in) :: ozone_absorption_lower                          ! W m-2, in the layer below it
        real(dp), intent(in) :: zenith_factor                                   ! 1
        real(dp), intent(in) :: polar_night_cooling                             ! W m-2
        real(dp), intent(in) :: surface_albedo                                  ! 1
        real(dp), intent(out) :: surface_downward_shortwave                     ! W m-2, downward
        real(dp), intent(out) :: surface_net_shortwave                          ! W m-2, net downward
        real(dp), intent(out) :: toa_net_shortwave                              ! W m-2, net downward
        real(dp), contiguous, intent(out) :: shortwave_absorption(:)                        ! W m-2
        real(dp), contiguous, intent(out) :: shortwave_transmissivity_visible(:)            ! 1
        real(dp), contiguous, intent(out) :: shortwave_transmissivity_near_infrared(:)      ! 1; stored as 0 in the highest layer
        real(dp), contiguous, intent(out) :: shortwave_cloud_reflection(:)                  ! W m-2, upward
        real(dp), contiguous, intent(out) :: surface_shortwave_by_band(:)                   ! W m-2, downward, visible, infrared
        real(dp), contiguous, intent(out) :: longwave_transmissivity(:, :)                  ! 1, (band, level)
        real(dp), contiguous, intent(out) :: stratospheric_correction(:)                    ! W m-2, polar night; 1, black band
        integer, intent(out) :: status
        integer :: n, top

        n = grid%levels
        status = status_ok
        if (n < 8) status = status_too_few_levels
        if (.not. normalized_surface_pressure > 0.0_dp) status = status_pressure_not_positive
        if (status /= status_ok) then
            surface_downward_shortwave = 0.0_dp
            surface_net_shortwave = 0.0_dp
            toa_net_shortwave = 0.0_dp
            shortwave_absorption = 0.0_dp
            shortwave_transmissivity_visible = 0.0_dp
            shortwave_transmissivity_near_infrared = 0.0_dp
            shortwave_cloud_reflection = 0.0_dp
            surface_shortwave_by_band = 0.0_dp
            longwave_transmissivity = 0.0_dp
            stratospheric_correction = 0.0_dp
            return
        end if

        top = cloud_top_level + 1
        call shortwave_transmissivities(grid, parameters, normalized_surface_pressure, specific_humidity, top, &
            cloud_cover, cloud_humidity, zenith_factor, shortwave_transmissivity_visible, &
            shortwave_transmissivity_near_infrared)
        call shortwave_fluxes(parameters, formulation, cloud_albedo_profile(parameters, formulation, n, top, &
            cloud_cover, stratiform_cloud_cover), insolation, ozone_absorption_upper*normalized_surface_pressure, &
            ozone_absorption_lower*normalized_surface_pressure, surface_albedo, shortwave_transmissivity_visible, &
            shortwave_transmissivity_near_infrared, surface_downward_shortwave, surface_net_shortwave, &
            toa_net_shortwave, shortwave_absorption, shortwave_cloud_reflection, surface_shortwave_by_band)
        longwave_transmissivity = longwave_transmissivities(grid, parameters, normalized_surface_pressure, &
            specific_humidity, top, cloud_cover)
        stratospheric_correction(1) = polar_night_cooling*normalized_surface_pressure
        stratospheric_correction(2) = constants%black_band_fraction &
            /(grid%sigma_thickness(1) + grid%sigma_thickness(2))*normalized_surface_pressure
    end subroutine shortwave_radiation

    !> Share of the visible beam that clouds reflect at the top of each layer.
    pure function cloud_albedo_profile(parameters, formulation, n, top, cloud_cover, stratiform_cloud_cover) &
            result(albedo)
        type(shortwave_radiation_parameters), intent(in) :: parameters
        type(formulation_switches), intent(in) :: formulation
        integer, intent(in) :: n, top
        real(dp), intent(in) :: cloud_cover, stratiform_cloud_cover
        real(dp) :: albedo(n)
        real(dp) :: stratiform_albedo

        albedo = 0.0_dp
        if (top >= 1 .and. top <= n) albedo(top) = parameters%cloud_albedo*cloud_cover
        stratiform_albedo = parameters%stratiform_cloud_albedo*stratiform_cloud_cover
        if (formulation%stratiform_cloud_hides_cloud_in_lowest_layer .or. top /= n) then
            albedo(n) = stratiform_albedo
        else
            albedo(n) = 1.0_dp - (1.0_dp - albedo(n))*(1.0_dp - stratiform_albedo)
        end if
    end function cloud_albedo_profile

    !> Transmissivity of each layer. Cloud absorbs from its top down to the last layer but one.
    pure subroutine shortwave_transmissivities(grid, p, ps, q, top, cloud_cover, cloud_humidity, zenith_factor, &
            visible, near_infrared)
        type(vertical_layers), intent(in) :: grid
        type(shortwave_radiation_parameters), intent(in) :: p
        real(dp), contiguous, intent(in) :: q(:)
        real(dp), intent(in) :: ps, cloud_cover, cloud_humidity, zenith_factor
        integer, intent(in) :: top
        real(dp), contiguous, intent(out) :: visible(:), near_infrared(:)
        real(dp), dimension(grid%levels) :: mass
        real(dp) :: absorptivity, cloud
        integer :: k, n

        n = grid%levels
        mass = ps*zenith_factor*grid%sigma_thickness
        cloud = cloud_cover*min(p%cloud_absorptivity*cloud_humidity, p%maximum_cloud_absorptivity)

        visible(1) = exp(-mass(1)*p%dry_air_absorptivity)
        near_infrared(1) = 0.0_dp
        do k = 2, n
            absorptivity = p%dry_air_absorptivity + p%aerosol_absorptivity*grid%full_level_sigma(k)**2 &
                + p%vapour_absorptivity_visible*q(k)
            if (k >= top .and. k < n) absorptivity = absorptivity + cloud
            visible(k) = exp(-mass(k)*absorptivity)
            near_infrared(k) = exp(-mass(k)*p%vapour_absorptivity_near_infrared*q(k))
        end do
    end subroutine shortwave_transmissivities

    !> Down through the layers in both bands, and up again in the visible.
    pure subroutine shortwave_fluxes(p, formulation, cloud_albedo, insolation, ozone_upper, ozone_lower, &
            surface_albedo, visible_transmissivity, near_infrared_transmissivity, surface_downward, surface_net, &
            toa_net, absorption, reflection, surface_by_band)
        type(shortwave_radiation_parameters), intent(in) :: p
        type(formulation_switches), intent(in) :: formulation
        real(dp), contiguous, intent(in) :: cloud_albedo(:)
        real(dp), intent(in) :: insolation, ozone_upper, ozone_lower, surface_albedo
        real(dp), contiguous, intent(in) :: visible_transmissivity(:), near_infrared_transmissivity(:)
        real(dp), intent(out) :: surface_downward, surface_net, toa_net
        real(dp), contiguous, intent(out) :: absorption(:), reflection(:), surface_by_band(:)
        real(dp) :: visible, near_infrared, up, entering, leaving
        integer :: k, n

        n = size(absorption)
        visible = (1.0_dp - p%near_infrared_fraction)*insolation
        reflection = 0.0_dp

        leaving = visible_transmissivity(1)*(visible - ozone_upper)
        absorption(1) = visible - leaving
        visible = leaving

        ! Ozone takes its share before the layer does.
        entering = visible
        if (formulation%cloud_top_in_layer_1_reflects_bare_albedo) then
            reflection(2) = cloud_albedo(2)
        else
            reflection(2) = cloud_albedo(2)*visible
            entering = visible - reflection(2)
        end if
        leaving = visible_transmissivity(2)*(entering - ozone_lower)
        absorption(2) = entering - leaving
        visible = leaving

        do k = 3, n
            reflection(k) = cloud_albedo(k)*visible
            entering = visible - reflection(k)
            visible = visible_transmissivity(k)*entering
            absorption(k) = entering - visible
        end do

        near_infrared = p%near_infrared_fraction*insolation
        do k = 2, n
            leaving = near_infrared_transmissivity(k)*near_infrared
            absorption(k) = absorption(k) + (near_infrared - leaving)
            near_infrared = leaving
        end do

        surface_by_band(1) = visible
        surface_by_band(2) = near_infrared
        surface_downward = visible + near_infrared
        up = surface_albedo*visible
        surface_net = surface_downward - up

        do k = n, 1, -1
            leaving = visible_transmissivity(k)*up
            absorption(k) = absorption(k) + (up - leaving)
            up = leaving + reflection(k)
        end do
        toa_net = insolation - up
    end subroutine shortwave_fluxes

    !> Long-wave transmissivity of each layer in the bands window, carbon dioxide, weak and strong vapour.
    pure function longwave_transmissivities(grid, p, ps, q, top, cloud_cover) result(transmissivity)
        type(vertical_layers), intent(in) :: grid
        type(shortwave_radiation_parameters), intent(in) :: p
        real(dp), contiguous, intent(in) :: q(:)
        real(dp), intent(in) :: ps, cloud_cover
        integer, intent(in) :: top
        real(dp) :: transmissivity(4, grid%levels)
        real(dp) :: window, weak_vapour, strong_vapour, thin_cloud, mass
        integer :: k, n

        n = grid%levels
        thin_cloud = p%longwave_thin_cloud_absorptivity*cloud_cover
        do k = 1, n
            mass = ps*grid%sigma_thickness(k)
            window = p%longwave_window_absorptivity
            weak_vapour = p%longwave_weak_vapour_absorptivity*q(k)
            strong_vapour = p%longwave_strong_vapour_absorptivity*q(k)
            if (k > 2 .and. k < n) then
                if (k < top) then
                    window = window + thin_cloud
                else
                    window = window + p%longwave_thick_cloud_absorptivity*cloud_cover
                end if
                weak_vapour = max(weak_vapour, thin_cloud)
                strong_vapour = max(strong_vapour, thin_cloud)
            end if
            transmissivity(1, k) = exp(-mass*window)
            transmissivity(2, k) = exp(-mass*p%longwave_co2_absorptivity)
            transmissivity(3, k) = exp(-mass*weak_vapour)
            transmissivity(4, k) = exp(-mass*strong_vapour)
        end do
        transmissivity(3:4, 1) = 1.0_dp
    end function longwave_transmissivities

end module shortwave_radiation_process
