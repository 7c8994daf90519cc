!> Long-wave radiation in four bands, and a fifth, black one that links the surface with the lowest
!> layer and cools the two highest layers to space (spec 14; Molteni 2003, A6).
!>
!> Bands: 1 window, 2 carbon dioxide, 3 weak and 4 strong water vapour. The model calls the
!> downward pass before the surface fluxes and the upward pass after them.
module longwave_radiation_process
    use constants, only: physical_constants
    use formulation, only: formulation_switches
    use kinds, only: dp, sp
    use status_codes, only: status_ok, status_temperature_outside_table, status_too_few_levels
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: longwave_radiation, longwave_radiation_parameters, longwave_downward, longwave_upward, &
        longwave_band_fraction

    integer, parameter :: bands = 4

    !> The highest layer takes part in the first two bands only: it holds no vapour.
    integer, parameter :: dry_bands = 2

    !> The share of a band is extreme + curvature*(T - temperature)**2, of the spectrum without the black band.
    type :: longwave_radiation_parameters
        real(dp) :: co2_share_extreme = real(0.148, dp)                     ! 1
        real(dp) :: co2_share_curvature = real(-3.0e-6, dp)                 ! K-2
        real(dp) :: co2_share_temperature = 247.0_dp                        ! K
        real(dp) :: weak_vapour_share_extreme = real(0.356, dp)             ! 1
        real(dp) :: weak_vapour_share_curvature = real(-5.2e-6, dp)         ! K-2
        real(dp) :: weak_vapour_share_temperature = 282.0_dp                ! K
        real(dp) :: strong_vapour_share_extreme = real(0.314, dp)           ! 1
        real(dp) :: strong_vapour_share_curvature = real(1.0e-5, dp)        ! K-2
        real(dp) :: strong_vapour_share_temperature = 315.0_dp              ! K
        real(dp) :: lowest_share_temperature = 200.0_dp                     ! K, shares are constant below
        real(dp) :: highest_share_temperature = 320.0_dp                    ! K, and above
    end type longwave_radiation_parameters

    !> The table runs from 100 to 400 K: temperatures from the first to below the second round into it.
    real(dp), parameter :: lowest_accepted_temperature = 99.5_dp
    real(dp), parameter :: temperature_limit = 400.5_dp

contains

    !> Shares of the four bands in the black-body spectrum at a temperature in K.
    !>
    !> Taken at the nearest whole temperature, halves upwards. The shares add up to 1 less the black band.
    pure function longwave_band_fraction(constants, formulation, parameters, temperature) result(fraction)
        type(physical_constants), intent(in) :: constants
        type(formulation_switches), intent(in) :: formulation
        type(longwave_radiation_parameters), intent(in) :: parameters
        real(dp), intent(in) :: temperature
        real(dp) :: fraction(bands)
        real(dp) :: whole_temperature, total

        associate (p => parameters)
            total = 1.0_dp - constants%black_band_fraction
            ! The temperature is positive: rounded like this no library needs to be called.
            whole_temperature = aint(0.5_dp + min(max(temperature, p%lowest_share_temperature), &
                p%highest_share_temperature))
            fraction(2) = total*share(p%co2_share_extreme, p%co2_share_curvature, &
                whole_temperature - p%co2_share_temperature, formulation%single_precision_constants)
            fraction(3) = total*share(p%weak_vapour_share_extreme, p%weak_vapour_share_curvature, &
                whole_temperature - p%weak_vapour_share_temperature, formulation%single_precision_constants)
            fraction(4) = total*share(p%strong_vapour_share_extreme, p%strong_vapour_share_curvature, &
                whole_temperature - p%strong_vapour_share_temperature, formulation%single_precision_constants)
            fraction(1) = total - (fraction(2) + fraction(3) + fraction(4))
        end associate
    end function longwave_band_fraction

    !> The parabola, in single precision as the original's table or in double precision.
    pure function share(extreme, curvature, distance, single_precision)
        real(dp), intent(in) :: extreme, curvature, distance
        logical, intent(in) :: single_precision
        real(dp) :: share

        if (single_precision) then
            share = real(real(extreme, sp) + real(curvature, sp)*real(distance**2, sp), dp)
        else
            share = extreme + curvature*distance**2
        end if
    end function share

    !> Mean emission of each layer and its difference between the layer's boundaries and its mean.
    !>
    !> Above the highest layer the atmosphere counts as isothermal; inversions have no gradient.
    pure subroutine layer_emission(constants, grid, temperature, blackbody_emission, emission_gradient)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        real(dp), contiguous, intent(in) :: temperature(:)
        real(dp), contiguous, intent(out) :: blackbody_emission(:), emission_gradient(:)
        real(dp) :: t_half(grid%levels - 1), sigma_t3
        integer :: k, n

        n = grid%levels
        associate (t => temperature, b => blackbody_emission, c => emission_gradient, &
                sigma => constants%stefan_boltzmann)
            t_half = t(:n - 1) + grid%half_level_weight(:n - 1)*(t(2:) - t(:n - 1))

            b(1) = sigma*(0.75_dp*t(1) + 0.25_dp*t_half(1))**4
            b(2) = sigma*(0.5_dp*t(2) + 0.25_dp*(t_half(1) + t_half(2)))**4
            c(1:2) = 0.0_dp
            do k = 3, n
                sigma_t3 = sigma*t(k)**3
                b(k) = sigma_t3*t(k)
                if (k < n) then
                    c(k) = 4.0_dp*sigma_t3*(0.5_dp*max(t_half(k) - t_half(k - 1), 0.0_dp))
                else
                    c(k) = 4.0_dp*sigma_t3*max(t(k) - t_half(k - 1), 0.0_dp)
                end if
            end do
        end associate
    end subroutine layer_emission

    !> Downward pass, from the top, where nothing enters, to the surface.
    pure subroutine longwave_downward(constants, grid, formulation, parameters, temperature, longwave_transmissivity, &
            surface_downward_longwave, longwave_absorption, surface_downward_longwave_by_band, blackbody_emission, &
            emission_gradient, band_fraction, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(formulation_switches), intent(in) :: formulation
        type(longwave_radiation_parameters), intent(in) :: parameters
        real(dp), contiguous, intent(in) :: temperature(:)                              ! K
        real(dp), contiguous, intent(in) :: longwave_transmissivity(:, :)               ! 1, (band, level)
        real(dp), intent(out) :: surface_downward_longwave                  ! W m-2, absorbed by the surface
        real(dp), contiguous, intent(out) :: longwave_absorption(:)                     ! W m-2, net gain so far
        real(dp), contiguous, intent(out) :: surface_downward_longwave_by_band(:)       ! W m-2, before emissivity
        real(dp), contiguous, intent(out) :: blackbody_emission(:)                      ! W m-2
        real(dp), contiguous, intent(out) :: emission_gradient(:)                       ! W m-2
        real(dp), contiguous, intent(out) :: band_fraction(:, :)                        ! 1, (band, level), of the emission
        integer, intent(out) :: status
        real(dp), dimension(bands) :: down, leaving, emissivity
        real(dp) :: black_band, gain
        integer :: k, n, b

        n = grid%levels
        status = status_ok
        if (n < 8) status = status_too_few_levels
        if (.not. all(accepted(temperature))) status = status_temperature_outside_table
        if (status /= status_ok) then
            surface_downward_longwave = 0.0_dp
            longwave_absorption = 0.0_dp
            surface_downward_longwave_by_band = 0.0_dp
            blackbody_emission = 0.0_dp
            emission_gradient = 0.0_dp
            band_fraction = 0.0_dp
            return
        end if

        call layer_emission(constants, grid, temperature, blackbody_emission, emission_gradient)
        do k = 1, n
            band_fraction(:, k) = longwave_band_fraction(constants, formulation, parameters, temperature(k))
        end do
        down = 0.0_dp
        do k = 1, n
            emissivity = 1.0_dp - longwave_transmissivity(:, k)
            if (k == 1) emissivity(dry_bands + 1:) = 0.0_dp
            leaving = longwave_transmissivity(:, k)*down &
                + emissivity*(band_fraction(:, k)*(blackbody_emission(k) + emissivity*emission_gradient(k)))
            gain = 0.0_dp
            do b = 1, bands
                gain = gain + (down(b) - leaving(b))
            end do
            longwave_absorption(k) = gain
            down = leaving
        end do
        surface_downward_longwave_by_band = down

        black_band = constants%black_band_fraction*constants%surface_emissivity*blackbody_emission(n)
        surface_downward_longwave = 0.0_dp
        do b = 1, bands
            surface_downward_longwave = surface_downward_longwave + constants%surface_emissivity*down(b)
        end do
        surface_downward_longwave = surface_downward_longwave + black_band
        longwave_absorption(n) = longwave_absorption(n) - black_band
    end subroutine longwave_downward

    !> Upward pass, from the surface to space; completes the absorption of the downward pass.
    pure subroutine longwave_upward(constants, grid, formulation, parameters, temperature, surface_temperature, &
            surface_upward_longwave, longwave_transmissivity, stratospheric_correction, surface_downward_longwave, &
            surface_downward_longwave_by_band, blackbody_emission, emission_gradient, band_fraction, &
            longwave_absorption, surface_net_upward_longwave, outgoing_longwave, surface_upward_longwave_by_band, &
            toa_longwave_by_band, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(formulation_switches), intent(in) :: formulation
        type(longwave_radiation_parameters), intent(in) :: parameters
        real(dp), contiguous, intent(in) :: temperature(:)                              ! K
        real(dp), intent(in) :: surface_temperature                         ! K, mean over land and sea
        real(dp), intent(in) :: surface_upward_longwave                     ! W m-2, emitted by the surface
        real(dp), contiguous, intent(in) :: longwave_transmissivity(:, :)               ! 1, (band, level)
        real(dp), contiguous, intent(in) :: stratospheric_correction(:)                 ! W m-2; 1
        real(dp), intent(in) :: surface_downward_longwave                   ! W m-2, of the downward pass
        real(dp), contiguous, intent(in) :: surface_downward_longwave_by_band(:)        ! W m-2, of the downward pass
        real(dp), contiguous, intent(in) :: blackbody_emission(:)                       ! W m-2, of the downward pass
        real(dp), contiguous, intent(in) :: emission_gradient(:)                        ! W m-2, of the downward pass
        real(dp), contiguous, intent(in) :: band_fraction(:, :)                         ! 1, of the downward pass
        real(dp), contiguous, intent(inout) :: longwave_absorption(:)                   ! W m-2, net gain of the layer
        real(dp), intent(out) :: surface_net_upward_longwave                ! W m-2, upward
        real(dp), intent(out) :: outgoing_longwave                          ! W m-2, upward at the top
        real(dp), contiguous, intent(out) :: surface_upward_longwave_by_band(:)         ! W m-2, reflection included
        real(dp), contiguous, intent(out) :: toa_longwave_by_band(:)                    ! W m-2, upward
        integer, intent(out) :: status
        real(dp), dimension(bands) :: up, leaving, emissivity
        real(dp) :: cooling(2), gain
        integer :: k, n, b

        n = grid%levels
        status = status_ok
        if (n < 8) status = status_too_few_levels
        if (.not. (all(accepted(temperature)) .and. accepted(surface_temperature))) &
            status = status_temperature_outside_table
        if (status /= status_ok) then
            surface_net_upward_longwave = 0.0_dp
            outgoing_longwave = 0.0_dp
            surface_upward_longwave_by_band = 0.0_dp
            toa_longwave_by_band = 0.0_dp
            return
        end if

        ! The surface emits and reflects; the lowest layer absorbs its black band.
        up = longwave_band_fraction(constants, formulation, parameters, surface_temperature)*surface_upward_longwave &
            + (1.0_dp - constants%surface_emissivity)*surface_downward_longwave_by_band
        surface_upward_longwave_by_band = up
        surface_net_upward_longwave = surface_upward_longwave - surface_downward_longwave
        longwave_absorption(n) = longwave_absorption(n) + constants%black_band_fraction*surface_upward_longwave

        do k = n, 1, -1
            emissivity = 1.0_dp - longwave_transmissivity(:, k)
            leaving = longwave_transmissivity(:, k)*up &
                + emissivity*(band_fraction(:, k)*(blackbody_emission(k) - emissivity*emission_gradient(k)))
            if (k == 1) leaving(dry_bands + 1:) = up(dry_bands + 1:)
            gain = longwave_absorption(k)
            do b = 1, bands
                gain = gain + (up(b) - leaving(b))
            end do
            longwave_absorption(k) = gain
            up = leaving
        end do
        toa_longwave_by_band = up

        ! Black band to space, and the polar night, from the two highest layers.
        cooling = grid%sigma_thickness(1:2)*stratospheric_correction(2)*blackbody_emission(1:2)
        cooling(1) = cooling(1) + stratospheric_correction(1)
        longwave_absorption(1:2) = longwave_absorption(1:2) - cooling
        outgoing_longwave = cooling(1) + cooling(2)
        do b = 1, bands
            outgoing_longwave = outgoing_longwave + up(b)
        end do
    end subroutine longwave_upward

    !> Both passes in one column.
    pure subroutine longwave_radiation(constants, grid, formulation, parameters, temperature, surface_temperature, &
            surface_upward_longwave, longwave_transmissivity, stratospheric_correction, surface_downward_longwave, &
            surface_net_upward_longwave, outgoing_longwave, longwave_absorption, longwave_absorption_downward_pass, &
            surface_downward_longwave_by_band, surface_upward_longwave_by_band, toa_longwave_by_band, &
            blackbody_emission, emission_gradient, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(formulation_switches), intent(in) :: formulation
        type(longwave_radiation_parameters), intent(in) :: parameters
        real(dp), contiguous, intent(in) :: temperature(:)                              ! K
        real(dp), intent(in) :: surface_temperature                         ! K, mean over land and sea
        real(dp), intent(in) :: surface_upward_longwave                     ! W m-2, emitted by the surface
        real(dp), contiguous, intent(in) :: longwave_transmissivity(:, :)               ! 1, (band, level)
        real(dp), contiguous, intent(in) :: stratospheric_correction(:)                 ! W m-2; 1
        real(dp), intent(out) :: surface_downward_longwave                  ! W m-2, absorbed by the surface
        real(dp), intent(out) :: surface_net_upward_longwave                ! W m-2, upward
        real(dp), intent(out) :: outgoing_longwave                          ! W m-2, upward at the top
        real(dp), contiguous, intent(out) :: longwave_absorption(:)                     ! W m-2, net gain of the layer
        real(dp), contiguous, intent(out) :: longwave_absorption_downward_pass(:)       ! W m-2, the same before the upward pass
        real(dp), contiguous, intent(out) :: surface_downward_longwave_by_band(:)       ! W m-2, before emissivity
        real(dp), contiguous, intent(out) :: surface_upward_longwave_by_band(:)         ! W m-2, reflection included
        real(dp), contiguous, intent(out) :: toa_longwave_by_band(:)                    ! W m-2, upward
        real(dp), contiguous, intent(out) :: blackbody_emission(:)                      ! W m-2
        real(dp), contiguous, intent(out) :: emission_gradient(:)                       ! W m-2
        integer, intent(out) :: status
        real(dp) :: band_fraction(bands, grid%levels)
        integer :: status_downward

        call longwave_downward(constants, grid, formulation, parameters, temperature, longwave_transmissivity, &
            surface_downward_longwave, longwave_absorption_downward_pass, surface_downward_longwave_by_band, &
            blackbody_emission, emission_gradient, band_fraction, status_downward)
        longwave_absorption = longwave_absorption_downward_pass
        call longwave_upward(constants, grid, formulation, parameters, temperature, surface_temperature, &
            surface_upward_longwave, longwave_transmissivity, stratospheric_correction, surface_downward_longwave, &
            surface_downward_longwave_by_band, blackbody_emission, emission_gradient, band_fraction, &
            longwave_absorption, surface_net_upward_longwave, outgoing_longwave, surface_upward_longwave_by_band, &
            toa_longwave_by_band, status)
        if (status_downward /= status_ok) status = status_downward
    end subroutine longwave_radiation

    !> Whether the scheme has an answer at this temperature; false for NaN.
    elemental function accepted(temperature)
        real(dp), intent(in) :: temperature
        logical :: accepted

        accepted = temperature >= lowest_accepted_temperature .and. temperature < temperature_limit
    end function accepted

end module longwave_radiation_process
