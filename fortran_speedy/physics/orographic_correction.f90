!> Reduction of temperature and humidity to sea level, so that horizontal diffusion does not act along
!> sloping terrain (spec 15, section 6).
module orographic_correction_process
    use constants, only: gas_constant, physical_constants
    use humidity_process, only: humidity_parameters, saturation_humidity
    use kinds, only: dp
    use status_codes, only: status_ok
    implicit none
    private
    public :: orographic_correction, orographic_correction_parameters

    type :: orographic_correction_parameters
        real(dp) :: reference_relative_humidity = real(0.7, dp)     ! 1
    end type orographic_correction_parameters

contains

    !> Correction fields at one point.
    pure subroutine orographic_correction(constants, parameters, humidity, land_fraction, sea_fraction, &
            land_surface_temperature, sea_surface_temperature, surface_geopotential, temperature_correction, &
            mean_surface_temperature, sea_level_temperature, surface_pressure_ratio, sea_level_saturation_humidity, &
            surface_saturation_humidity, humidity_correction, status)
        type(physical_constants), intent(in) :: constants
        type(orographic_correction_parameters), intent(in) :: parameters
        type(humidity_parameters), intent(in) :: humidity
        real(dp), intent(in) :: land_fraction                       ! 1
        real(dp), intent(in) :: sea_fraction                        ! 1
        real(dp), intent(in) :: land_surface_temperature            ! K
        real(dp), intent(in) :: sea_surface_temperature             ! K, ice included
        real(dp), intent(in) :: surface_geopotential                ! m2 s-2, spectrally truncated
        real(dp), intent(out) :: temperature_correction             ! K
        real(dp), intent(out) :: mean_surface_temperature           ! K
        real(dp), intent(out) :: sea_level_temperature              ! K
        real(dp), intent(out) :: surface_pressure_ratio             ! 1, to sea-level pressure
        real(dp), intent(out) :: sea_level_saturation_humidity      ! g kg-1
        real(dp), intent(out) :: surface_saturation_humidity        ! g kg-1
        real(dp), intent(out) :: humidity_correction                ! g kg-1
        integer, intent(out) :: status
        real(dp) :: lapse_rate

        status = status_ok

        ! Per geopotential, K/(m2 s-2).
        lapse_rate = constants%lapse_rate/(1000.0_dp*constants%gravity)
        temperature_correction = lapse_rate*surface_geopotential

        mean_surface_temperature = land_fraction*land_surface_temperature + sea_fraction*sea_surface_temperature
        sea_level_temperature = mean_surface_temperature + temperature_correction
        surface_pressure_ratio = &
            (mean_surface_temperature/sea_level_temperature)**(1.0_dp/(gas_constant(constants)*lapse_rate))

        sea_level_saturation_humidity = saturation_humidity(humidity, sea_level_temperature, 1.0_dp)
        surface_saturation_humidity = saturation_humidity(humidity, mean_surface_temperature, surface_pressure_ratio)
        humidity_correction = parameters%reference_relative_humidity &
            *(sea_level_saturation_humidity - surface_saturation_humidity)
    end subroutine orographic_correction

end module orographic_correction_process
