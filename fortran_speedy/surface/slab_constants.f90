!> Constant fields of the slabs of land, ocean and ice (specs 22 and 23): inverse heat capacities,
!> time step / heat capacity, and damping factors.
module slab_constants
    use formulation, only: formulation_switches
    use kinds, only: dp
    implicit none
    private
    public :: slab_parameters
    public :: land_inverse_heat_capacity, ocean_inverse_heat_capacity, ice_inverse_heat_capacity
    public :: land_damping_factor, ocean_damping_factor, ice_damping_factor
    public :: slab_latitude

    type :: slab_parameters
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
    end type slab_parameters

    real(dp), parameter :: seconds_per_day = 86400.0_dp

contains

    !> Time step / heat capacity of land, K m2 W-1; bright land is an ice sheet.
    elemental function land_inverse_heat_capacity(parameters, time_step, bare_land_albedo) result(inverse_capacity)
        type(slab_parameters), intent(in) :: parameters
        real(dp), intent(in) :: time_step            ! s
        real(dp), intent(in) :: bare_land_albedo     ! 1
        real(dp) :: inverse_capacity

        if (bare_land_albedo < parameters%minimum_ice_sheet_albedo) then
            inverse_capacity = time_step/(parameters%soil_depth*parameters%soil_heat_capacity)
        else
            inverse_capacity = time_step/(parameters%ice_sheet_depth*parameters%ice_heat_capacity)
        end if
    end function land_inverse_heat_capacity

    !> Time step / heat capacity of the mixed layer, K m2 W-1; shallower towards the equator.
    elemental function ocean_inverse_heat_capacity(parameters, time_step, latitude) result(inverse_capacity)
        type(slab_parameters), intent(in) :: parameters
        real(dp), intent(in) :: time_step     ! s
        real(dp), intent(in) :: latitude      ! degrees, of slab_latitude
        real(dp) :: inverse_capacity
        real(dp) :: depth

        depth = parameters%polar_mixed_layer_depth &
            + (parameters%equatorial_mixed_layer_depth - parameters%polar_mixed_layer_depth) &
            *cos(latitude*parameters%radians_per_degree)**3
        inverse_capacity = time_step/(parameters%water_heat_capacity*depth)
    end function ocean_inverse_heat_capacity

    !> Time step / heat capacity of sea ice, K m2 W-1; thinner towards the equator.
    elemental function ice_inverse_heat_capacity(parameters, time_step, latitude) result(inverse_capacity)
        type(slab_parameters), intent(in) :: parameters
        real(dp), intent(in) :: time_step     ! s
        real(dp), intent(in) :: latitude      ! degrees, of slab_latitude
        real(dp) :: inverse_capacity
        real(dp) :: depth

        depth = parameters%polar_ice_depth + (parameters%equatorial_ice_depth - parameters%polar_ice_depth) &
            *cos(latitude*parameters%radians_per_degree)**2
        inverse_capacity = time_step/(parameters%ice_heat_capacity*depth)
    end function ice_inverse_heat_capacity

    !> Latitude in degrees from latitude in radians.
    elemental function slab_latitude(parameters, latitude_radians) result(latitude)
        type(slab_parameters), intent(in) :: parameters
        real(dp), intent(in) :: latitude_radians
        real(dp) :: latitude

        latitude = latitude_radians*90.0_dp/parameters%quarter_circle
    end function slab_latitude

    !> Factor by which a call damps the anomaly of land, 1; 0 where there is little land.
    elemental function land_damping_factor(formulation, parameters, time_step, land_fraction) result(factor)
        type(formulation_switches), intent(in) :: formulation
        type(slab_parameters), intent(in) :: parameters
        real(dp), intent(in) :: time_step         ! s
        real(dp), intent(in) :: land_fraction     ! 1
        real(dp) :: factor

        factor = 0.0_dp
        if (land_fraction < parameters%minimum_land_fraction) return
        factor = damping_factor(formulation, time_step, parameters%land_damping_days)
    end function land_damping_factor

    !> Factor by which a call damps the anomaly of the mixed layer, 1; 0 where there is little sea.
    elemental function ocean_damping_factor(formulation, parameters, time_step, sea_fraction) result(factor)
        type(formulation_switches), intent(in) :: formulation
        type(slab_parameters), intent(in) :: parameters
        real(dp), intent(in) :: time_step        ! s
        real(dp), intent(in) :: sea_fraction     ! 1
        real(dp) :: factor

        factor = 0.0_dp
        if (sea_fraction < parameters%minimum_sea_fraction) return
        factor = damping_factor(formulation, time_step, parameters%ocean_damping_days)
    end function ocean_damping_factor

    !> Factor by which a call damps the anomaly of ice temperature, 1; 0 where there is little sea.
    elemental function ice_damping_factor(formulation, parameters, time_step, sea_fraction) result(factor)
        type(formulation_switches), intent(in) :: formulation
        type(slab_parameters), intent(in) :: parameters
        real(dp), intent(in) :: time_step        ! s
        real(dp), intent(in) :: sea_fraction     ! 1
        real(dp) :: factor

        factor = 0.0_dp
        if (sea_fraction < parameters%minimum_sea_fraction) return
        factor = damping_factor(formulation, time_step, parameters%ice_damping_days)
    end function ice_damping_factor

    !> Implicit damping, d = N/(1 + N) with N calls in the damping time. The original takes the
    !> number of days for N, whatever the number of calls per day.
    elemental function damping_factor(formulation, time_step, damping_days) result(factor)
        type(formulation_switches), intent(in) :: formulation
        real(dp), intent(in) :: time_step        ! s
        real(dp), intent(in) :: damping_days     ! days
        real(dp) :: factor
        real(dp) :: calls

        calls = damping_days
        if (.not. formulation%slow_models_damped_per_call) calls = damping_days*(seconds_per_day/time_step)
        factor = calls/(1.0_dp + calls)
    end function damping_factor

end module slab_constants
