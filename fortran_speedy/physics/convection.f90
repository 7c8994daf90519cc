!> Deep convection: a bulk mass-flux scheme with one updraft per column (spec 11; Molteni 2003, A2).
module convection_process
    use constants, only: physical_constants
    use kinds, only: dp
    use status_codes, only: status_ok, status_pressure_not_positive, status_saturation_not_positive, &
        status_too_few_levels
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: convection, convection_parameters, entrainment_profile

    type :: convection_parameters
        real(dp) :: minimum_surface_pressure = real(0.8, dp)            ! 1, normalized
        real(dp) :: relaxation_time = 6.0_dp*3600.0_dp                  ! s
        real(dp) :: boundary_layer_humidity_threshold = real(0.9, dp)   ! 1, relative humidity
        real(dp) :: secondary_flux_humidity_threshold = real(0.7, dp)   ! 1, relative humidity
        real(dp) :: maximum_entrainment = 0.5_dp                        ! 1, sum of the profile
        real(dp) :: secondary_mass_flux_ratio = real(0.8, dp)           ! 1
        real(dp) :: updraft_supersaturation = real(1.01, dp)            ! 1
        real(dp) :: maximum_relative_excess = 5.0_dp                    ! 1
    end type convection_parameters

contains

    !> Entrainment per layer, proportional to max(0, sigma - 0.5)**2 between the top and the lowest layer.
    pure function entrainment_profile(maximum_entrainment, grid) result(entrainment)
        real(dp), intent(in) :: maximum_entrainment
        type(vertical_layers), intent(in) :: grid
        real(dp) :: entrainment(grid%levels)

        entrainment = max(0.0_dp, grid%full_level_sigma - 0.5_dp)**2
        entrainment(1) = 0.0_dp
        entrainment(grid%levels) = 0.0_dp
        entrainment = entrainment*(maximum_entrainment/sum(entrainment))
    end function entrainment_profile

    !> Diagnose deep convection and its fluxes in one column.
    pure subroutine convection(constants, grid, parameters, normalized_surface_pressure, dry_static_energy, &
            specific_humidity, saturation_specific_humidity, convection_top_level, convective_excess_humidity, &
            cloud_base_mass_flux, convective_precipitation, convective_dry_static_energy_flux, &
            convective_humidity_flux, status)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(convection_parameters), intent(in) :: parameters
        real(dp), intent(in) :: normalized_surface_pressure                 ! 1
        real(dp), contiguous, intent(in) :: dry_static_energy(:)                        ! J kg-1
        real(dp), contiguous, intent(in) :: specific_humidity(:)                        ! g kg-1
        real(dp), contiguous, intent(in) :: saturation_specific_humidity(:)             ! g kg-1
        integer, intent(out) :: convection_top_level                        ! counted from 0; levels = no convection
        real(dp), intent(out) :: convective_excess_humidity                 ! g kg-1, 0 without convection
        real(dp), intent(out) :: cloud_base_mass_flux                       ! kg m-2 s-1, upward
        real(dp), intent(out) :: convective_precipitation                   ! g m-2 s-1
        real(dp), contiguous, intent(out) :: convective_dry_static_energy_flux(:)       ! W m-2, into the layer
        real(dp), contiguous, intent(out) :: convective_humidity_flux(:)                ! g m-2 s-1, into the layer
        integer, intent(out) :: status
        real(dp), dimension(grid%levels) :: entrainment
        real(dp) :: q_max, s_base, q_base, ramp, deficit, moistening, entrained
        real(dp) :: mass, mass_above, updraft_s, updraft_q, subsidence_s, subsidence_q
        real(dp) :: updraft_s_above, updraft_q_above, subsidence_s_above, subsidence_q_above
        integer :: k, n, top

        n = grid%levels
        convection_top_level = n
        convective_excess_humidity = 0.0_dp
        cloud_base_mass_flux = 0.0_dp
        convective_precipitation = 0.0_dp
        convective_dry_static_energy_flux = 0.0_dp
        convective_humidity_flux = 0.0_dp
        status = status_ok
        if (n < 8) status = status_too_few_levels
        if (.not. normalized_surface_pressure > 0.0_dp) status = status_pressure_not_positive
        if (status /= status_ok) return

        associate (p => parameters, ps => normalized_surface_pressure, s => dry_static_energy, &
                q => specific_humidity, q_sat => saturation_specific_humidity, &
                energy_flux => convective_dry_static_energy_flux, humidity_flux => convective_humidity_flux)

            call diagnose(constants, grid, p, ps, s, q, q_sat, top, convective_excess_humidity)
            if (top > n) return
            convection_top_level = top - 1

            ! Cloud base: the boundary between the two lowest layers.
            q_max = max(p%updraft_supersaturation*q(n), q_sat(n))
            s_base = half_level(grid, s, n - 1)
            q_base = min(half_level(grid, q, n - 1), q(n))
            if (.not. q_max > q_base) then
                status = status_saturation_not_positive
                return
            end if
            ramp = (ps - p%minimum_surface_pressure)*(2.0_dp/(1.0_dp - p%minimum_surface_pressure))
            mass = constants%reference_pressure*grid%sigma_thickness(n)/(constants%gravity*p%relaxation_time) &
                *(ps*min(1.0_dp, ramp))*min(p%maximum_relative_excess, convective_excess_humidity/(q_max - q_base))
            cloud_base_mass_flux = mass

            updraft_s = mass*s(n)
            updraft_q = mass*q_max
            subsidence_s = mass*s_base
            subsidence_q = mass*q_base
            energy_flux(n) = subsidence_s - updraft_s
            humidity_flux(n) = subsidence_q - updraft_q

            ! Entraining layers, upwards.
            entrainment = entrainment_profile(p%maximum_entrainment, grid)
            do k = n - 1, top + 1, -1
                entrained = entrainment(k)*ps*cloud_base_mass_flux
                mass_above = mass + entrained
                updraft_s_above = updraft_s + entrained*s(k)
                updraft_q_above = updraft_q + entrained*q(k)
                subsidence_s_above = mass_above*half_level(grid, s, k - 1)
                subsidence_q_above = mass_above*half_level(grid, q, k - 1)
                energy_flux(k) = (updraft_s - subsidence_s) + (subsidence_s_above - updraft_s_above)
                humidity_flux(k) = (updraft_q - subsidence_q) + (subsidence_q_above - updraft_q_above)
                mass = mass_above
                updraft_s = updraft_s_above
                updraft_q = updraft_q_above
                subsidence_s = subsidence_s_above
                subsidence_q = subsidence_q_above

                deficit = p%secondary_flux_humidity_threshold*q_sat(k) - q(k)
                if (deficit > 0.0_dp) then
                    moistening = p%secondary_mass_flux_ratio*cloud_base_mass_flux*deficit
                    humidity_flux(k) = humidity_flux(k) + moistening
                    humidity_flux(n) = humidity_flux(n) - moistening
                end if
            end do

            ! The top: what the updraft cannot hold rains out.
            convective_precipitation = max(updraft_q - mass*half_level(grid, q_sat, top), 0.0_dp)
            energy_flux(top) = (updraft_s - subsidence_s) + constants%latent_heat*convective_precipitation
            humidity_flux(top) = (updraft_q - subsidence_q) - convective_precipitation
        end associate
    end subroutine convection

    !> Which level, counted from 1, is the top of convection (levels + 1 if none), and the humidity
    !> in excess of the threshold (0 if none).
    pure subroutine diagnose(constants, grid, p, ps, s, q, q_sat, top, excess)
        type(physical_constants), intent(in) :: constants
        type(vertical_layers), intent(in) :: grid
        type(convection_parameters), intent(in) :: p
        real(dp), contiguous, intent(in) :: s(:), q(:), q_sat(:)
        real(dp), intent(in) :: ps
        integer, intent(out) :: top
        real(dp), intent(out) :: excess
        real(dp), dimension(grid%levels) :: h_sat
        real(dp) :: h_low, h_surface, h_updraft, h_sat_half, humid_excess, unstable_excess
        integer :: k, n, unstable_level
        logical :: moist_boundary_layer

        n = grid%levels
        h_sat = s + constants%latent_heat*q_sat
        h_surface = s(n) + constants%latent_heat*q(n)
        h_low = min(h_surface, s(n - 1) + constants%latent_heat*q(n - 1))
        h_updraft = max(h_surface, h_sat(n))

        top = n + 1
        excess = 0.0_dp
        unstable_level = n + 1
        unstable_excess = 0.0_dp
        if (.not. ps > p%minimum_surface_pressure) return

        ! Candidates, from the lowest up, so that the highest one stays.
        do k = n - 3, 3, -1
            h_sat_half = half_level(grid, h_sat, k)
            if (h_updraft > h_sat_half) top = k
            if (h_low > h_sat_half) then
                unstable_level = k
                unstable_excess = (h_surface - h_sat_half)*(1.0_dp/constants%latent_heat)
            end if
        end do
        if (top > n) return

        humid_excess = q(n) - p%boundary_layer_humidity_threshold*q_sat(n)
        moist_boundary_layer = q(n) > p%boundary_layer_humidity_threshold*q_sat(n) .and. &
            q(n - 1) > p%boundary_layer_humidity_threshold*q_sat(n - 1)
        if (unstable_level <= n) then
            excess = max(humid_excess, unstable_excess)
        else if (moist_boundary_layer) then
            excess = humid_excess
        else
            top = n + 1
        end if
    end subroutine diagnose

    !> Value at the boundary below level k.
    pure function half_level(grid, field, k) result(value)
        type(vertical_layers), intent(in) :: grid
        real(dp), contiguous, intent(in) :: field(:)
        integer, intent(in) :: k
        real(dp) :: value

        value = field(k) + grid%half_level_weight(k)*(field(k + 1) - field(k))
    end function half_level

end module convection_process
