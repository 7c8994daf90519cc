!> Saturation humidity and the conversions between specific and relative humidity (spec 10; Molteni 2003).
module humidity_process
    use kinds, only: dp
    use status_codes, only: status_ok, status_pressure_not_positive
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: humidity, humidity_parameters, saturation_humidity

    type :: humidity_parameters
        !> Vapour pressure over water and ice where they meet, in units of 1e5 Pa. A true double.
        real(dp) :: reference_vapour_pressure = 6.108e-3_dp
        real(dp) :: reference_temperature = real(273.16, dp)            ! K, water at and above, ice below
        real(dp) :: water_coefficient = real(17.269, dp)                ! 1
        real(dp) :: water_temperature_offset = real(35.86, dp)          ! K
        real(dp) :: ice_coefficient = 21.875_dp                         ! 1
        real(dp) :: ice_temperature_offset = real(7.66, dp)             ! K
        real(dp) :: molar_mass_ratio = 622.0_dp                         ! g kg-1, vapour / dry air
        real(dp) :: molar_mass_deficit = real(0.378, dp)                ! 1, 1 - vapour / dry air
    end type humidity_parameters

contains

    !> Saturation specific humidity, g kg-1, at a temperature in K and a pressure in units of 1e5 Pa:
    !>
    !>     e = e0 exp(a (T - T0)/(T - b)),    q* = 622 e/(p - 0.378 e)
    !>
    !> Negative where the vapour pressure exceeds p/0.378.
    elemental pure function saturation_humidity(parameters, temperature, normalized_pressure) result(q_sat)
        type(humidity_parameters), intent(in) :: parameters
        real(dp), intent(in) :: temperature, normalized_pressure
        real(dp) :: q_sat
        real(dp) :: a, b, e

        associate (p => parameters, t => temperature, t0 => parameters%reference_temperature)
            if (t >= t0) then
                a = p%water_coefficient
                b = p%water_temperature_offset
            else
                a = p%ice_coefficient
                b = p%ice_temperature_offset
            end if
            e = p%reference_vapour_pressure*exp(a*(t - t0)/(t - b))
            q_sat = p%molar_mass_ratio*e/(normalized_pressure - p%molar_mass_deficit*e)
        end associate
    end function saturation_humidity

    !> Saturation and relative humidity of the layers, the surface and the air near it.
    pure subroutine humidity(grid, parameters, temperature, specific_humidity, normalized_surface_pressure, &
            surface_temperature, near_surface_relative_humidity, saturation_specific_humidity, relative_humidity, &
            near_surface_specific_humidity, saturation_specific_humidity_surface, &
            saturation_specific_humidity_reference, status)
        type(vertical_layers), intent(in) :: grid
        type(humidity_parameters), intent(in) :: parameters
        real(dp), contiguous, intent(in) :: temperature(:)                              ! K
        real(dp), contiguous, intent(in) :: specific_humidity(:)                        ! g kg-1
        real(dp), intent(in) :: normalized_surface_pressure                 ! 1
        real(dp), intent(in) :: surface_temperature                         ! K
        real(dp), intent(in) :: near_surface_relative_humidity              ! 1
        real(dp), contiguous, intent(out) :: saturation_specific_humidity(:)            ! g kg-1
        real(dp), contiguous, intent(out) :: relative_humidity(:)                       ! 1, not limited
        real(dp), intent(out) :: near_surface_specific_humidity             ! g kg-1
        real(dp), intent(out) :: saturation_specific_humidity_surface       ! g kg-1, at surface pressure
        real(dp), intent(out) :: saturation_specific_humidity_reference     ! g kg-1, surface temperature at 1e5 Pa
        integer, intent(out) :: status

        saturation_specific_humidity = 0.0_dp
        relative_humidity = 0.0_dp
        near_surface_specific_humidity = 0.0_dp
        saturation_specific_humidity_surface = 0.0_dp
        saturation_specific_humidity_reference = 0.0_dp
        status = status_ok
        if (.not. normalized_surface_pressure > 0.0_dp) status = status_pressure_not_positive
        if (status /= status_ok) return

        saturation_specific_humidity = &
            saturation_humidity(parameters, temperature, grid%full_level_sigma*normalized_surface_pressure)
        relative_humidity = specific_humidity/saturation_specific_humidity
        saturation_specific_humidity_surface = &
            saturation_humidity(parameters, surface_temperature, normalized_surface_pressure)
        near_surface_specific_humidity = near_surface_relative_humidity*saturation_specific_humidity_surface
        saturation_specific_humidity_reference = saturation_humidity(parameters, surface_temperature, 1.0_dp)
    end subroutine humidity

end module humidity_process
