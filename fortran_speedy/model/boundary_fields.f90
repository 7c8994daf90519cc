!> The constant and monthly fields that a model takes from outside (spec 25).
!>
!> Maps are (longitude, latitude), latitude from south to north; monthly maps (longitude, latitude, month). The names
!> and values are those of jcm/boundary/fields.py.
module boundary_data
    use kinds, only: dp
    use spectral_transform, only: latitudes, longitudes
    use sst_anomaly_window_process, only: anomaly_months
    implicit none
    private
    public :: boundary_fields, new_boundary_fields

    integer, parameter :: months_per_year = 12

    type :: boundary_fields
        real(dp), allocatable :: surface_geopotential_unfiltered(:, :)     ! m2 s-2
        real(dp), allocatable :: land_fraction(:, :)                       ! 1, thresholded
        real(dp), allocatable :: sea_fraction(:, :)                        ! 1, thresholded
        real(dp), allocatable :: bare_land_albedo(:, :)                    ! 1
        real(dp), allocatable :: orographic_drag_factor(:, :)              ! 1
        real(dp), allocatable :: land_inverse_heat_capacity(:, :)          ! K m2 W-1, time step / heat capacity
        real(dp), allocatable :: ocean_inverse_heat_capacity(:, :)         ! K m2 W-1
        real(dp), allocatable :: ice_inverse_heat_capacity(:, :)           ! K m2 W-1
        real(dp), allocatable :: land_damping_factor(:, :)                 ! 1, of an anomaly per call
        real(dp), allocatable :: ocean_damping_factor(:, :)                ! 1
        real(dp), allocatable :: ice_damping_factor(:, :)                  ! 1
        real(dp), allocatable :: land_temperature_monthly(:, :, :)         ! K
        real(dp), allocatable :: snow_depth_monthly(:, :, :)               ! kg m-2
        real(dp), allocatable :: soil_water_availability_monthly(:, :, :)  ! 1
        real(dp), allocatable :: sea_surface_temperature_monthly(:, :, :)  ! K, of sea and ice
        real(dp), allocatable :: sea_ice_fraction_monthly(:, :, :)         ! 1
        !> Observed anomalies in all months from January 1979, 0 where there is no sea.
        real(dp), allocatable :: sst_anomaly(:, :, :)                      ! K, (longitude, latitude, file month)
    end type boundary_fields

contains

    !> Fields of zeros.
    pure function new_boundary_fields() result(fields)
        type(boundary_fields) :: fields

        allocate (fields%surface_geopotential_unfiltered(longitudes, latitudes), source=0.0_dp)
        allocate (fields%land_fraction, source=fields%surface_geopotential_unfiltered)
        allocate (fields%sea_fraction, source=fields%surface_geopotential_unfiltered)
        allocate (fields%bare_land_albedo, source=fields%surface_geopotential_unfiltered)
        allocate (fields%orographic_drag_factor, source=fields%surface_geopotential_unfiltered)
        allocate (fields%land_inverse_heat_capacity, source=fields%surface_geopotential_unfiltered)
        allocate (fields%ocean_inverse_heat_capacity, source=fields%surface_geopotential_unfiltered)
        allocate (fields%ice_inverse_heat_capacity, source=fields%surface_geopotential_unfiltered)
        allocate (fields%land_damping_factor, source=fields%surface_geopotential_unfiltered)
        allocate (fields%ocean_damping_factor, source=fields%surface_geopotential_unfiltered)
        allocate (fields%ice_damping_factor, source=fields%surface_geopotential_unfiltered)
        allocate (fields%land_temperature_monthly(longitudes, latitudes, months_per_year), source=0.0_dp)
        allocate (fields%snow_depth_monthly, source=fields%land_temperature_monthly)
        allocate (fields%soil_water_availability_monthly, source=fields%land_temperature_monthly)
        allocate (fields%sea_surface_temperature_monthly, source=fields%land_temperature_monthly)
        allocate (fields%sea_ice_fraction_monthly, source=fields%land_temperature_monthly)
        allocate (fields%sst_anomaly(longitudes, latitudes, anomaly_months), source=0.0_dp)
    end function new_boundary_fields

end module boundary_data
