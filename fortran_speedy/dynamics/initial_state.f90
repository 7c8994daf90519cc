!> The atmosphere at rest that every run starts from, and the orography it rests on (spec 36).
module rest_atmosphere
    use constants, only: gas_constant
    use core_constants, only: speedy_core
    use kinds, only: dp, sp
    use prognostic_fields, only: new_prognostic_state, prognostic_state
    use spectral_transform, only: analysis, latitudes, longitudes, synthesis, truncate, truncation
    implicit none
    private
    public :: initial_atmosphere

    !> Levels above the troposphere: isothermal. These two hold no water either.
    integer, parameter :: stratospheric_levels = 2

contains

    !> State and surface geopotential. On the grid the latter is without wavenumbers above 30; its spectral
    !> coefficients come from a second pass through the transform and are not truncated.
    pure subroutine initial_atmosphere(core, surface_geopotential_unfiltered, state, surface_geopotential, &
            surface_geopotential_filtered)
        type(speedy_core), intent(in) :: core
        real(dp), intent(in) :: surface_geopotential_unfiltered(:, :)     ! (longitude, latitude), m2 s-2
        type(prognostic_state), intent(out) :: state                      ! allocated here
        complex(dp), intent(out) :: surface_geopotential(0:, 0:)          ! (m, n), m2 s-2
        real(dp), intent(out) :: surface_geopotential_filtered(:, :)      ! (longitude, latitude), m2 s-2
        complex(dp), dimension(0:truncation, 0:truncation + 1) :: temperature, humidity
        real(dp), dimension(longitudes, latitudes) :: grid
        real(dp) :: lapse_rate, exponent, root_2, surface_humidity
        integer :: k

        call analysis(core%transform, surface_geopotential_unfiltered, temperature)
        call synthesis(core%transform, truncate(temperature), surface_geopotential_filtered)
        call analysis(core%transform, surface_geopotential_filtered, surface_geopotential)

        state = new_prognostic_state(core%layers%levels)
        associate (parameters => core%parameters, sigma => core%layers%full_level_sigma, &
                single => core%formulation%single_precision_constants)
            lapse_rate = core%constants%lapse_rate/(1000.0_dp*core%constants%gravity)
            exponent = gas_constant(core%constants)*lapse_rate
            root_2 = sqrt(2.0_dp)
            if (single) root_2 = real(sqrt(2.0), dp)

            temperature = -lapse_rate*surface_geopotential
            temperature(0, 0) = temperature(0, 0) + root_2*parameters%sea_level_temperature
            do k = 1, core%layers%levels
                if (k <= stratospheric_levels) then
                    state%temperature(0, 0, k) = root_2*parameters%stratospheric_temperature
                else
                    state%temperature(:, :, k) = temperature*sigma(k)**exponent
                end if
            end do

            grid = log_sea_level_pressure(parameters%sea_level_pressure_ratio, single) &
                + log(1.0_dp - lapse_rate/parameters%sea_level_temperature*surface_geopotential_filtered)/exponent
            call analysis(core%transform, grid, humidity)
            state%log_normalized_surface_pressure = truncate(humidity)

            surface_humidity = parameters%near_surface_relative_humidity*parameters%gas_constant_ratio &
                *parameters%reference_saturation_pressure
            associate (scale_ratio => parameters%pressure_scale_height/parameters%humidity_scale_height)
                grid = surface_humidity*exp(scale_ratio*grid)
                call analysis(core%transform, grid, humidity)
                humidity = truncate(humidity)
                do k = stratospheric_levels + 1, core%layers%levels
                    state%specific_humidity(:, :, k) = humidity*sigma(k)**scale_ratio
                end do
            end associate
        end associate
    end subroutine initial_atmosphere

    !> Logarithm of the ratio of sea-level to reference pressure, in the original of single precision.
    pure function log_sea_level_pressure(ratio, single) result(logarithm)
        real(dp), intent(in) :: ratio
        logical, intent(in) :: single
        real(dp) :: logarithm

        logarithm = log(ratio)
        if (single) logarithm = real(real(logarithm, sp), dp)
    end function log_sea_level_pressure

end module rest_atmosphere
