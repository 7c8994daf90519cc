!> Constant fields of the slabs of land, ocean and ice (specs 22 and 23): inverse heat capacities,
!> time step / heat capacity, and damping factors.
module slab_constants_process
    use formulation, only: formulation_switches
    use kinds, only: dp
    use sst_anomaly_window_process, only: el_nino_parameters, region_weight => el_nino_weight
    use status_codes, only: status_ok
    implicit none
    private
    public :: slab_constants, slab_constants_parameters

    type :: slab_constants_parameters
        real(dp) :: time_step = 2400.0_dp                                   ! s, between two calls
        real(dp) :: soil_depth = 1.0_dp                                     ! m
        real(dp) :: ice_sheet_depth = 5.0_dp                                ! m
        real(dp) :: soil_heat_capacity = 2.5e6_dp                           ! J m-3 K-1
        real(dp) :: ice_heat_capacity = 1.93e6_dp                           ! J m-3 K-1
        real(dp) :: water_heat_capacity = 4.18e6_dp                         ! J m-3 K-1
        real(dp) :: minimum_ice_sheet_albedo = real(0.4, dp)                ! 1, of bare land
        real(dp) :: polar_mixed_layer_depth = 60.0_dp                       ! m
        real(dp) :: equatorial_mixed_layer_depth = 40.0_dp                  ! m
        real(dp) :: polar_ice_depth = 2.5_dp                                ! m
        real(dp) :: equatorial_ice_depth = 1.5_dp                           ! m
        real(dp) :: land_damping_days = 40.0_dp                             ! days
        real(dp) :: ocean_damping_days = 90.0_dp                            ! days
        real(dp) :: ice_damping_days = 30.0_dp                              ! days
        real(dp) :: minimum_land_fraction = real(1.0/3.0, dp)               ! 1, of a point with an active slab
        real(dp) :: minimum_sea_fraction = real(1.0/3.0, dp)                ! 1, of a point with an active slab
        real(dp) :: quarter_circle = real(asin(1.0), dp)                    ! rad
        real(dp) :: radians_per_degree = real(asin(1.0)/90.0, dp)           ! rad degree-1
    end type slab_constants_parameters

    real(dp), parameter :: seconds_per_day = 86400.0_dp

contains

    !> All constant fields of one point.
    pure subroutine slab_constants(formulation, parameters, el_nino, latitude_radians, longitude, &
            bare_land_albedo, land_fraction, sea_fraction, latitude_degrees_sea_model, &
            land_inverse_heat_capacity, land_damping_factor, ocean_inverse_heat_capacity, &
            ice_inverse_heat_capacity, ocean_damping_factor, ice_damping_factor, el_nino_weight, status)
        type(formulation_switches), intent(in) :: formulation
        type(slab_constants_parameters), intent(in) :: parameters
        type(el_nino_parameters), intent(in) :: el_nino
        real(dp), intent(in) :: latitude_radians                ! rad
        real(dp), intent(in) :: longitude                       ! degrees east, from 0 to 360
        real(dp), intent(in) :: bare_land_albedo                ! 1
        real(dp), intent(in) :: land_fraction, sea_fraction     ! 1, thresholded
        real(dp), intent(out) :: latitude_degrees_sea_model     ! degrees north
        real(dp), intent(out) :: land_inverse_heat_capacity     ! K m2 W-1
        real(dp), intent(out) :: land_damping_factor            ! 1
        real(dp), intent(out) :: ocean_inverse_heat_capacity    ! K m2 W-1
        real(dp), intent(out) :: ice_inverse_heat_capacity      ! K m2 W-1
        real(dp), intent(out) :: ocean_damping_factor           ! 1
        real(dp), intent(out) :: ice_damping_factor             ! 1
        real(dp), intent(out) :: el_nino_weight                 ! 1
        integer, intent(out) :: status

        status = status_ok
        latitude_degrees_sea_model = slab_latitude(parameters, latitude_radians)
        land_inverse_heat_capacity = land_inverse_heat_capacity_at(parameters, bare_land_albedo)
        land_damping_factor = damping_factor(formulation, parameters, parameters%land_damping_days, &
            land_fraction, parameters%minimum_land_fraction)
        ocean_inverse_heat_capacity = ocean_inverse_heat_capacity_at(parameters, latitude_degrees_sea_model)
        ice_inverse_heat_capacity = ice_inverse_heat_capacity_at(parameters, latitude_degrees_sea_model)
        ocean_damping_factor = damping_factor(formulation, parameters, parameters%ocean_damping_days, &
            sea_fraction, parameters%minimum_sea_fraction)
        ice_damping_factor = damping_factor(formulation, parameters, parameters%ice_damping_days, &
            sea_fraction, parameters%minimum_sea_fraction)
        el_nino_weight = region_weight(formulation, el_nino, latitude_degrees_sea_model, longitude)
    end subroutine slab_constants

    !> Time step / heat capacity of land, K m2 W-1; bright land is an ice sheet.
    elemental function land_inverse_heat_capacity_at(parameters, bare_land_albedo) result(inverse_capacity)
        type(slab_constants_parameters), intent(in) :: parameters
        real(dp), intent(in) :: bare_land_albedo     ! 1
        real(dp) :: inverse_capacity

        if (bare_land_albedo < parameters%minimum_ice_sheet_albedo) then
            inverse_capacity = parameters%time_step/(parameters%soil_depth*parameters%soil_heat_capacity)
        else
            inverse_capacity = parameters%time_step/(parameters%ice_sheet_depth*parameters%ice_heat_capacity)
        end if
    end function land_inverse_heat_capacity_at

    !> Time step / heat capacity of the mixed layer, K m2 W-1; shallower towards the equator.
    elemental function ocean_inverse_heat_capacity_at(parameters, latitude) result(inverse_capacity)
        type(slab_constants_parameters), intent(in) :: parameters
        real(dp), intent(in) :: latitude      ! degrees, of slab_latitude
        real(dp) :: inverse_capacity
        real(dp) :: depth

        depth = parameters%polar_mixed_layer_depth &
            + (parameters%equatorial_mixed_layer_depth - parameters%polar_mixed_layer_depth) &
            *cos(latitude*parameters%radians_per_degree)**3
        inverse_capacity = parameters%time_step/(parameters%water_heat_capacity*depth)
    end function ocean_inverse_heat_capacity_at

    !> Time step / heat capacity of sea ice, K m2 W-1; thinner towards the equator.
    elemental function ice_inverse_heat_capacity_at(parameters, latitude) result(inverse_capacity)
        type(slab_constants_parameters), intent(in) :: parameters
        real(dp), intent(in) :: latitude      ! degrees, of slab_latitude
        real(dp) :: inverse_capacity
        real(dp) :: depth

        depth = parameters%polar_ice_depth + (parameters%equatorial_ice_depth - parameters%polar_ice_depth) &
            *cos(latitude*parameters%radians_per_degree)**2
        inverse_capacity = parameters%time_step/(parameters%ice_heat_capacity*depth)
    end function ice_inverse_heat_capacity_at

    !> Latitude in degrees from latitude in radians.
    elemental function slab_latitude(parameters, latitude_radians) result(latitude)
        type(slab_constants_parameters), intent(in) :: parameters
        real(dp), intent(in) :: latitude_radians
        real(dp) :: latitude

        latitude = latitude_radians*90.0_dp/parameters%quarter_circle
    end function slab_latitude

    !> Factor by which a call damps an anomaly, 1; 0 where there is too little of the surface.
    !>
    !> Implicit damping, d = N/(1 + N) with N calls in the damping time. The original takes the
    !> number of days for N, whatever the number of calls per day.
    elemental function damping_factor(formulation, parameters, damping_days, fraction, minimum_fraction) &
            result(factor)
        type(formulation_switches), intent(in) :: formulation
        type(slab_constants_parameters), intent(in) :: parameters
        real(dp), intent(in) :: damping_days                  ! days
        real(dp), intent(in) :: fraction, minimum_fraction    ! 1, of land or sea
        real(dp) :: factor
        real(dp) :: calls

        factor = 0.0_dp
        if (fraction < minimum_fraction) return
        calls = damping_days
        if (.not. formulation%slow_models_damped_per_call) then
            calls = damping_days*(seconds_per_day/parameters%time_step)
        end if
        factor = calls/(1.0_dp + calls)
    end function damping_factor

end module slab_constants_process
