!> The named fields of a step that are averaged over time (spec 40, section 2): names, units, order in arrays.
!>
!> Names, units and signs are those of the stored reference climate. A model keeps values in the units of the column
!> physics; the factor of a description turns them into those of the climate.
module diagnostics
    use kinds, only: dp
    implicit none
    private
    public :: field_description, surface_fields, level_fields, processes, surface_moments, level_moments

    !> A field, and what its values are multiplied with on output.
    type :: field_description
        character(len=50) :: name = ''
        character(len=12) :: units = ''
        character(len=70) :: long_name = ''
        real(dp) :: factor = 1.0_dp
    end type field_description

    real(dp), parameter :: seconds_per_day = 86400.0_dp
    !> From g m-2 s-1 of water to mm per day.
    real(dp), parameter :: millimetres_per_day = 86.4_dp

    !> Places of the maps that every step gives.
    integer, parameter, public :: i_surface_pressure = 1, i_precipitation = 2, i_convective_precipitation = 3, &
        i_large_scale_precipitation = 4, i_outgoing_longwave = 5, i_toa_net_shortwave = 6, &
        i_surface_net_shortwave = 7, i_surface_downward_shortwave = 8, i_surface_net_upward_longwave = 9, &
        i_surface_downward_longwave = 10, i_sensible_heat_flux = 11, i_evaporation = 12, i_eastward_stress = 13, &
        i_northward_stress = 14, i_cloud_cover = 15, i_stratiform_cloud_cover = 16, i_column_water_vapour = 17, &
        i_near_surface_temperature = 18, i_skin_temperature = 19, i_surface_temperature = 20, &
        i_land_surface_temperature = 21, i_sea_ice_temperature = 22, i_convection_frequency = 23, &
        i_cloud_base_mass_flux = 24, i_sea_surface_temperature = 25, i_sea_ice_fraction = 26, &
        i_surface_albedo = 27, i_large_scale_precipitation_frequency = 28, i_wet_frequency = 29
    integer, parameter, public :: surface_field_count = 29

    !> Places of the fields on levels.
    integer, parameter, public :: i_eastward_wind = 1, i_northward_wind = 2, i_temperature = 3, &
        i_specific_humidity = 4, i_geopotential = 5, i_relative_humidity = 6
    integer, parameter, public :: level_field_count = 6

    !> Places of the tendencies by process.
    integer, parameter, public :: i_heating_convection = 1, i_heating_condensation = 2, i_heating_shortwave = 3, &
        i_heating_longwave = 4, i_heating_boundary_layer = 5, i_heating_physics = 6, i_moistening_convection = 7, &
        i_moistening_condensation = 8, i_moistening_boundary_layer = 9
    integer, parameter, public :: process_count = 9

    !> Rain of a wet point, g m-2 s-1.
    real(dp), parameter, public :: wet = 1.0_dp/millimetres_per_day

    !> Pairs of fields whose covariance is wanted, and the factors of the results.
    integer, parameter, public :: surface_moment_count = 4, level_moment_count = 7
    integer, parameter, public :: surface_moment_field(surface_moment_count) = &
        [i_surface_pressure, i_precipitation, i_near_surface_temperature, i_outgoing_longwave]
    integer, parameter, public :: level_moment_first(level_moment_count) = &
        [i_eastward_wind, i_northward_wind, i_temperature, i_specific_humidity, i_eastward_wind, i_northward_wind, &
        i_northward_wind]
    integer, parameter, public :: level_moment_second(level_moment_count) = &
        [i_eastward_wind, i_northward_wind, i_temperature, i_specific_humidity, i_northward_wind, i_temperature, &
        i_specific_humidity]

contains

    !> Description of a map that every step gives.
    pure function surface_fields(place) result(field)
        integer, intent(in) :: place
        type(field_description) :: field

        select case (place)
        case (i_surface_pressure)
            field = field_description('surface_pressure', 'Pa', 'surface pressure')
        case (i_precipitation)
            field = field_description('precipitation', 'mm day-1', 'convective plus large-scale precipitation', &
                millimetres_per_day)
        case (i_convective_precipitation)
            field = field_description('convective_precipitation', 'mm day-1', 'convective precipitation', &
                millimetres_per_day)
        case (i_large_scale_precipitation)
            field = field_description('large_scale_precipitation', 'mm day-1', 'large scale precipitation', &
                millimetres_per_day)
        case (i_outgoing_longwave)
            field = field_description('outgoing_longwave', 'W m-2', 'outgoing longwave at the top, upward positive')
        case (i_toa_net_shortwave)
            field = field_description('toa_net_shortwave', 'W m-2', 'net shortwave at the top, downward positive')
        case (i_surface_net_shortwave)
            field = field_description('surface_net_shortwave', 'W m-2', &
                'net shortwave at the surface, downward positive')
        case (i_surface_downward_shortwave)
            field = field_description('surface_downward_shortwave', 'W m-2', 'surface downward shortwave')
        case (i_surface_net_upward_longwave)
            field = field_description('surface_net_upward_longwave', 'W m-2', &
                'net longwave at the surface, upward positive')
        case (i_surface_downward_longwave)
            field = field_description('surface_downward_longwave', 'W m-2', 'surface downward longwave')
        case (i_sensible_heat_flux)
            field = field_description('sensible_heat_flux', 'W m-2', 'upward sensible heat flux, land-sea average')
        case (i_evaporation)
            field = field_description('evaporation', 'mm day-1', 'evaporation, land-sea average, upward positive', &
                millimetres_per_day)
        case (i_eastward_stress)
            field = field_description('eastward_stress', 'N m-2', 'stress of the surface on the atmosphere, eastward')
        case (i_northward_stress)
            field = field_description('northward_stress', 'N m-2', 'stress of the surface on the atmosphere, northward')
        case (i_cloud_cover)
            field = field_description('cloud_cover', '1', &
                'cloud cover of the radiation scheme (without stratiform cloud)')
        case (i_stratiform_cloud_cover)
            field = field_description('stratiform_cloud_cover', '1', 'stratiform cloud cover')
        case (i_column_water_vapour)
            field = field_description('column_water_vapour', 'kg m-2', &
                'mass of water vapour (humidity clipped at zero)')
        case (i_near_surface_temperature)
            field = field_description('near_surface_temperature', 'K', 'near surface temperature')
        case (i_skin_temperature)
            field = field_description('skin_temperature', 'K', 'skin temperature')
        case (i_surface_temperature)
            field = field_description('surface_temperature', 'K', 'land slab / sea surface mixture seen by longwave')
        case (i_land_surface_temperature)
            field = field_description('land_surface_temperature', 'K', 'land surface temperature')
        case (i_sea_ice_temperature)
            field = field_description('sea_ice_temperature', 'K', 'sea ice temperature')
        case (i_convection_frequency)
            field = field_description('convection_frequency', '1', 'fraction of time steps with deep convection')
        case (i_cloud_base_mass_flux)
            field = field_description('cloud_base_mass_flux', 'kg m-2 s-1', 'cloud base mass flux')
        case (i_sea_surface_temperature)
            field = field_description('sea_surface_temperature', 'K', 'sea surface temperature')
        case (i_sea_ice_fraction)
            field = field_description('sea_ice_fraction', '1', 'sea ice fraction')
        case (i_surface_albedo)
            field = field_description('surface_albedo', '1', 'surface albedo')
        case (i_large_scale_precipitation_frequency)
            field = field_description('large_scale_precipitation_frequency', '1', &
                'fraction of time steps with large-scale precipitation')
        case (i_wet_frequency)
            field = field_description('wet_frequency', '1', 'fraction of time steps with more than 1 mm day-1 of rain')
        end select
    end function surface_fields

    !> Description of a field on levels.
    pure function level_fields(place) result(field)
        integer, intent(in) :: place
        type(field_description) :: field

        select case (place)
        case (i_eastward_wind)
            field = field_description('eastward_wind', 'm s-1', 'eastward wind')
        case (i_northward_wind)
            field = field_description('northward_wind', 'm s-1', 'northward wind')
        case (i_temperature)
            field = field_description('temperature', 'K', 'temperature')
        case (i_specific_humidity)
            field = field_description('specific_humidity', 'g kg-1', 'specific humidity')
        case (i_geopotential)
            field = field_description('geopotential', 'm2 s-2', 'geopotential')
        case (i_relative_humidity)
            field = field_description('relative_humidity', '1', 'relative humidity')
        end select
    end function level_fields

    !> Description of the tendency by a process.
    pure function processes(place) result(field)
        integer, intent(in) :: place
        type(field_description) :: field
        character(len=14), parameter :: labels(process_count) = [character(len=14) :: 'convection', 'condensation', &
            'shortwave', 'longwave', 'boundary_layer', 'physics', 'convection', 'condensation', 'boundary_layer']
        character(len=14) :: label

        label = labels(place)
        if (place <= i_heating_physics) then
            field = field_description('temperature_tendency_'//label, 'K day-1', 'temperature tendency '//label, &
                seconds_per_day)
        else
            field = field_description('specific_humidity_tendency_'//label, 'g kg-1 day-1', &
                'specific humidity tendency '//label, seconds_per_day)
        end if
    end function processes

    !> Description of the variance of a map.
    pure function surface_moments(place) result(field)
        integer, intent(in) :: place
        type(field_description) :: field

        field = surface_fields(surface_moment_field(place))
        field%name = trim(field%name)//'_variance'
        field%long_name = 'variance over time steps of '//trim(field%long_name)
        field%factor = field%factor**2
        select case (surface_moment_field(place))
        case (i_surface_pressure)
            field%units = 'hPa2'
            field%factor = 1.0e-4_dp
        case (i_precipitation)
            field%units = 'mm2 day-2'
        case (i_outgoing_longwave)
            field%units = 'W2 m-4'
        case default
            field%units = 'K2'
        end select
    end function surface_moments

    !> Description of a variance or covariance on levels.
    pure function level_moments(place) result(field)
        integer, intent(in) :: place
        type(field_description) :: field

        select case (place)
        case (1)
            field = field_description('eastward_wind_variance', 'm2 s-2', 'eastward wind variance')
        case (2)
            field = field_description('northward_wind_variance', 'm2 s-2', 'northward wind variance')
        case (3)
            field = field_description('temperature_variance', 'K2', 'temperature variance')
        case (4)
            field = field_description('specific_humidity_variance', 'g2 kg-2', 'specific humidity variance')
        case (5)
            field = field_description('eastward_northward_wind_covariance', 'm2 s-2', &
                'eastward northward wind covariance')
        case (6)
            field = field_description('northward_wind_temperature_covariance', 'K m s-1', &
                'northward wind temperature covariance')
        case (7)
            field = field_description('northward_wind_specific_humidity_covariance', 'g kg-1 m s-1', &
                'northward wind specific humidity covariance')
        end select
    end function level_moments

end module diagnostics
