!> Large-scale condensation: relaxation of humidity towards a fraction of saturation (spec 12; Molteni 2003, A3).
module large_scale_condensation_process
    use constants, only: physical_constants
    use formulation, only: formulation_switches
    use kinds, only: dp
    use status_codes, only: status_ok, status_pressure_not_positive
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: large_scale_condensation, large_scale_condensation_parameters, humidity_threshold

    type :: large_scale_condensation_parameters
        real(dp) :: relaxation_time = 4.0_dp*3600.0_dp              ! s
        real(dp) :: surface_humidity_threshold = real(0.9, dp)      ! 1, relative humidity at sigma = 1
        real(dp) :: humidity_threshold_range = real(0.1, dp)        ! 1, decrease from sigma = 1 to sigma = 0
        real(dp) :: lowest_layer_humidity_threshold = real(0.95, dp) ! 1, minimum in the lowest layer
        real(dp) :: heating_cap_humidity = 10.0_dp                  ! g kg-1, scale of the cap of the heating
    end type large_scale_condensation_parameters

contains

    !> Relative humidity above which a layer condenses.
    pure function humidity_threshold(parameters, grid) result(threshold)
        type(large_scale_condensation_parameters), intent(in) :: parameters
        type(vertical_layers), intent(in) :: grid
        real(dp) :: threshold(grid%levels)

        threshold = parameters%surface_humidity_threshold &
            + parameters%humidity_threshold_range*(grid%full_level_sigma**2 - 1.0_dp)
        threshold(grid%levels) = max(threshold(grid%levels), parameters%lowest_layer_humidity_threshold)
    end function humidity_threshold

    !> Condense in every layer but the highest; the water falls out at once.
    pure subroutine large_scale_condensation(constants, grid, formulation, parameters, normalized_surface_pressure, &
            specific_humidity, saturation_specific_humidity, convection_top_level, precipitation_top_level, &
            large_scale_precipitation, temperature_tendency_condensation, &
            specific_humidity_tendency_condensation, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(formulation_switches), intent(in) :: formulation
        type(large_scale_condensation_parameters), intent(in) :: parameters
        real(dp), intent(in) :: normalized_surface_pressure                     ! 1
        real(dp), contiguous, intent(in) :: specific_humidity(:)                            ! g kg-1
        real(dp), contiguous, intent(in) :: saturation_specific_humidity(:)                 ! g kg-1
        integer, intent(in) :: convection_top_level                             ! counted from 0; levels = no convection
        integer, intent(out) :: precipitation_top_level                         ! counted from 0; levels = no precipitation
        real(dp), intent(out) :: large_scale_precipitation                      ! g m-2 s-1
        real(dp), contiguous, intent(out) :: temperature_tendency_condensation(:)           ! K s-1
        real(dp), contiguous, intent(out) :: specific_humidity_tendency_condensation(:)     ! g kg-1 s-1
        integer, intent(out) :: status
        real(dp), dimension(grid%levels) :: threshold
        real(dp) :: deficit, rate, sink, capped_sink
        integer :: k

        precipitation_top_level = convection_top_level
        large_scale_precipitation = 0.0_dp
        temperature_tendency_condensation = 0.0_dp
        specific_humidity_tendency_condensation = 0.0_dp
        status = status_ok
        if (.not. normalized_surface_pressure > 0.0_dp) status = status_pressure_not_positive
        if (status /= status_ok) return

        rate = 1.0_dp/parameters%relaxation_time
        threshold = humidity_threshold(parameters, grid)
        do k = 2, grid%levels
            deficit = threshold(k)*saturation_specific_humidity(k) - specific_humidity(k)
            if (.not. deficit < 0.0_dp) cycle
            precipitation_top_level = min(precipitation_top_level, k - 1)

            sink = -deficit*rate
            capped_sink = min(sink, &
                (parameters%heating_cap_humidity*grid%full_level_sigma(k)**2*rate)*normalized_surface_pressure**2)
            if (.not. formulation%condensation_cap_limits_heating_only) sink = capped_sink

            specific_humidity_tendency_condensation(k) = -sink
            temperature_tendency_condensation(k) = constants%latent_heat/constants%specific_heat*capped_sink
            large_scale_precipitation = large_scale_precipitation &
                + constants%reference_pressure*grid%sigma_thickness(k)/constants%gravity*sink
        end do
        large_scale_precipitation = normalized_surface_pressure*large_scale_precipitation
    end subroutine large_scale_condensation

end module large_scale_condensation_process
