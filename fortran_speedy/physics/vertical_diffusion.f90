!> Vertical diffusion: shallow convection, slow diffusion of water, and relaxation of super-adiabatic
!> lapse rates (spec 21; Molteni 2003).
module vertical_diffusion_process
    use constants, only: physical_constants
    use kinds, only: dp
    use status_codes, only: status_ok, status_too_few_levels
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: vertical_diffusion, vertical_diffusion_parameters

    type :: vertical_diffusion_parameters
        real(dp) :: shallow_convection_time = 6.0_dp*3600.0_dp           ! s
        real(dp) :: humidity_diffusion_time = 24.0_dp*3600.0_dp          ! s
        real(dp) :: superadiabatic_time = 6.0_dp*3600.0_dp               ! s
        real(dp) :: deep_convection_reduction = 0.5_dp                   ! 1, of shallow below deep convection
        real(dp) :: humidity_gradient_threshold = 0.5_dp                 ! 1, relative humidity per unit sigma
        real(dp) :: minimum_static_energy_gradient = real(0.1, dp)       ! 1, dry static energy per unit geopotential
    end type vertical_diffusion_parameters

    !> Humidity diffuses through boundaries below this sigma.
    real(dp), parameter :: humidity_diffusion_minimum_sigma = 0.5_dp

contains

    !> Tendencies of one column. They conserve water and energy; winds do not change.
    pure subroutine vertical_diffusion(constants, grid, parameters, dry_static_energy, relative_humidity, &
            specific_humidity, saturation_specific_humidity, geopotential, convection_top_level, &
            temperature_tendency_vertical_diffusion, specific_humidity_tendency_vertical_diffusion, &
            eastward_wind_tendency_vertical_diffusion, northward_wind_tendency_vertical_diffusion, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(vertical_diffusion_parameters), intent(in) :: parameters
        real(dp), contiguous, intent(in) :: dry_static_energy(:)                                 ! J kg-1
        real(dp), contiguous, intent(in) :: relative_humidity(:)                                 ! 1, may exceed 1
        real(dp), contiguous, intent(in) :: specific_humidity(:)                                 ! g kg-1
        real(dp), contiguous, intent(in) :: saturation_specific_humidity(:)                      ! g kg-1
        real(dp), contiguous, intent(in) :: geopotential(:)                                      ! m2 s-2
        integer, intent(in) :: convection_top_level                                  ! counted from 0; levels = none
        real(dp), contiguous, intent(out) :: temperature_tendency_vertical_diffusion(:)          ! K s-1
        real(dp), contiguous, intent(out) :: specific_humidity_tendency_vertical_diffusion(:)    ! g kg-1 s-1
        real(dp), contiguous, intent(out) :: eastward_wind_tendency_vertical_diffusion(:)        ! m s-2, zero
        real(dp), contiguous, intent(out) :: northward_wind_tendency_vertical_diffusion(:)       ! m s-2, zero
        integer, intent(out) :: status
        real(dp) :: moist_instability, humidity_difference, reduction, flux, s_minimum
        real(dp) :: lowest_rate, mean_thickness
        integer :: k, n

        n = grid%levels
        temperature_tendency_vertical_diffusion = 0.0_dp
        specific_humidity_tendency_vertical_diffusion = 0.0_dp
        eastward_wind_tendency_vertical_diffusion = 0.0_dp
        northward_wind_tendency_vertical_diffusion = 0.0_dp
        status = status_ok
        if (n < 8) status = status_too_few_levels
        if (status /= status_ok) return

        associate (p => parameters, c => constants, s => dry_static_energy, r => relative_humidity, &
                q => specific_humidity, q_sat => saturation_specific_humidity, phi => geopotential, &
                half => grid%half_level_sigma, full => grid%full_level_sigma, thickness => grid%sigma_thickness, &
                dt => temperature_tendency_vertical_diffusion, dq => specific_humidity_tendency_vertical_diffusion)

            ! Between top and lowest layer one mean thickness serves for all layers.
            mean_thickness = (half(n) - half(2))/real(n - 2, dp)

            ! Shallow convection between the two lowest layers, or slow diffusion where they are stable.
            lowest_rate = thickness(n)/p%shallow_convection_time
            moist_instability = s(n) - s(n - 1) + c%latent_heat*(q(n) - q_sat(n - 1))
            humidity_difference = r(n) - r(n - 1)
            if (moist_instability >= 0.0_dp) then
                reduction = merge(p%deep_convection_reduction, 1.0_dp, convection_top_level < n - 1)
                flux = reduction*lowest_rate/c%specific_heat*moist_instability
                dt(n - 1) = flux/thickness(n - 1)
                dt(n) = -flux/thickness(n)
                if (humidity_difference >= 0.0_dp) then
                    call move_water(grid, n - 1, reduction*lowest_rate*q_sat(n)*humidity_difference, dq)
                end if
            else if (humidity_difference > p%humidity_gradient_threshold*(full(n) - full(n - 1))) then
                call move_water(grid, n - 1, diffusive_flux(n - 1), dq)
            end if

            ! Slow diffusion of water in the lower free troposphere.
            do k = 3, n - 2
                if (.not. half(k + 1) > humidity_diffusion_minimum_sigma) cycle
                if (r(k + 1) - r(k) >= p%humidity_gradient_threshold*(full(k + 1) - full(k))) then
                    call move_water(grid, k, diffusive_flux(k), dq)
                end if
            end do

            ! Too unstable a layer gets its heat from the whole column below, evenly per unit mass.
            do k = 1, n - 1
                s_minimum = s(k + 1) + p%minimum_static_energy_gradient*(phi(k) - phi(k + 1))
                if (s(k) < s_minimum) then
                    flux = mean_thickness/(p%superadiabatic_time*c%specific_heat)*(s_minimum - s(k))
                    dt(k) = dt(k) + flux/thickness(k)
                    dt(k + 1:) = dt(k + 1:) - flux/(1.0_dp - half(k + 1))
                end if
            end do
        end associate

    contains

        !> Diffusive flux of water from layer k + 1 up to layer k.
        pure function diffusive_flux(k) result(flux)
            integer, intent(in) :: k
            real(dp) :: flux

            flux = mean_thickness/parameters%humidity_diffusion_time*grid%half_level_sigma(k + 1) &
                *saturation_specific_humidity(k)*(relative_humidity(k + 1) - relative_humidity(k))
        end function diffusive_flux

    end subroutine vertical_diffusion

    !> Add to the tendency of humidity a flux of water from layer k + 1 up to layer k.
    pure subroutine move_water(grid, k, flux, humidity_tendency)
        type(vertical_layers), intent(in) :: grid
        integer, intent(in) :: k
        real(dp), intent(in) :: flux
        real(dp), contiguous, intent(inout) :: humidity_tendency(:)

        humidity_tendency(k) = humidity_tendency(k) + flux/grid%sigma_thickness(k)
        humidity_tendency(k + 1) = humidity_tendency(k + 1) - flux/grid%sigma_thickness(k + 1)
    end subroutine move_water

end module vertical_diffusion_process
