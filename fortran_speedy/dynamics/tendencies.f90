!> Nonlinear tendencies: the advecting time level on the grid, products there, and back (spec 32, stage 1).
module nonlinear_tendencies
    use constants, only: gas_constant
    use core_constants, only: speedy_core
    use kinds, only: dp
    use prognostic_fields, only: grid_tendencies, prognostic_state
    use spectral_operators, only: curl, divergence, gradient, laplacian, winds
    use spectral_transform, only: analysis_of_blocks, blocks_of_map, longitudes, rows, synthesis_on_blocks, truncation
    use vertical_grid, only: levels => speedy_levels
    implicit none
    private
    public :: advection_workspace, evaluate_on_grid, add_nonlinear_terms, tendencies_in_spectral_space

    !> The advecting time level and its tendencies in blocks (row, longitude, hemisphere, level).
    type :: advection_workspace
        real(dp), dimension(rows, longitudes, 2, levels) :: eastward_wind          ! m s-1
        real(dp), dimension(rows, longitudes, 2, levels) :: northward_wind         ! m s-1
        real(dp), dimension(rows, longitudes, 2, levels) :: absolute_vorticity     ! s-1
        real(dp), dimension(rows, longitudes, 2, levels) :: divergence             ! s-1
        real(dp), dimension(rows, longitudes, 2, levels) :: temperature            ! K
        real(dp), dimension(rows, longitudes, 2, levels) :: specific_humidity      ! g kg-1
        real(dp), dimension(rows, longitudes, 2) :: pressure_gradient_x            ! of ln p_s, m-1
        real(dp), dimension(rows, longitudes, 2) :: pressure_gradient_y            ! m-1
        real(dp), dimension(rows, longitudes, 2) :: mean_eastward_wind             ! vertical mean, m s-1
        real(dp), dimension(rows, longitudes, 2) :: mean_northward_wind            ! m s-1
        real(dp), dimension(rows, longitudes, 2) :: mean_divergence                ! s-1
        real(dp), dimension(rows, longitudes, 2, levels + 1) :: sigma_velocity             ! s-1
        real(dp), dimension(rows, longitudes, 2, levels + 1) :: sigma_velocity_advective   ! s-1
        real(dp), dimension(rows, longitudes, 2, levels) :: eastward_wind_tendency         ! m s-2
        real(dp), dimension(rows, longitudes, 2, levels) :: northward_wind_tendency        ! m s-2
        real(dp), dimension(rows, longitudes, 2, levels) :: temperature_tendency           ! K s-1
        real(dp), dimension(rows, longitudes, 2, levels) :: specific_humidity_tendency     ! g kg-1 s-1
    end type advection_workspace

contains

    !> Fill the workspace with a time level and the tendencies of the physics.
    pure subroutine evaluate_on_grid(core, state, physics, work)
        type(speedy_core), intent(in) :: core
        type(prognostic_state), intent(in) :: state
        type(grid_tendencies), intent(in) :: physics
        type(advection_workspace), intent(inout) :: work
        complex(dp), dimension(0:truncation, 0:truncation + 1) :: x, y
        real(dp) :: coriolis(rows)
        integer :: k, longitude

        coriolis = 2.0_dp*core%parameters%rotation_rate*core%transform%sine_latitude
        do k = 1, levels
            call winds(core%operators, state%vorticity(:, :, k), state%divergence(:, :, k), x, y)
            call synthesis_on_blocks(core%transform, x, .true., work%eastward_wind(:, :, :, k))
            call synthesis_on_blocks(core%transform, y, .true., work%northward_wind(:, :, :, k))
            call synthesis_on_blocks(core%transform, state%vorticity(:, :, k), .false., &
                work%absolute_vorticity(:, :, :, k))
            do longitude = 1, longitudes
                work%absolute_vorticity(:, longitude, 1, k) = work%absolute_vorticity(:, longitude, 1, k) + coriolis
                work%absolute_vorticity(:, longitude, 2, k) = work%absolute_vorticity(:, longitude, 2, k) - coriolis
            end do
            call synthesis_on_blocks(core%transform, state%divergence(:, :, k), .false., work%divergence(:, :, :, k))
            call synthesis_on_blocks(core%transform, state%temperature(:, :, k), .false., work%temperature(:, :, :, k))
            call synthesis_on_blocks(core%transform, state%specific_humidity(:, :, k), .false., &
                work%specific_humidity(:, :, :, k))
            call blocks_of_map(physics%eastward_wind(:, :, k), work%eastward_wind_tendency(:, :, :, k))
            call blocks_of_map(physics%northward_wind(:, :, k), work%northward_wind_tendency(:, :, :, k))
            call blocks_of_map(physics%temperature(:, :, k), work%temperature_tendency(:, :, :, k))
            call blocks_of_map(physics%specific_humidity(:, :, k), work%specific_humidity_tendency(:, :, :, k))
        end do
        call gradient(core%operators, state%log_normalized_surface_pressure, x, y)
        call synthesis_on_blocks(core%transform, x, .true., work%pressure_gradient_x)
        call synthesis_on_blocks(core%transform, y, .true., work%pressure_gradient_y)
    end subroutine evaluate_on_grid

    !> Add the nonlinear terms to the tendencies in the workspace.
    pure subroutine add_nonlinear_terms(core, work)
        type(speedy_core), intent(in) :: core
        type(advection_workspace), intent(inout) :: work
        real(dp), dimension(rows, levels) :: u, v, z, d, t, q, u_tendency, v_tendency, t_tendency, q_tendency
        real(dp), dimension(rows, levels + 1) :: sigma_velocity, advective
        integer :: i, h

        do h = 1, 2
            do i = 1, longitudes
                u = work%eastward_wind(:, i, h, :)
                v = work%northward_wind(:, i, h, :)
                z = work%absolute_vorticity(:, i, h, :)
                d = work%divergence(:, i, h, :)
                t = work%temperature(:, i, h, :)
                q = work%specific_humidity(:, i, h, :)
                u_tendency = work%eastward_wind_tendency(:, i, h, :)
                v_tendency = work%northward_wind_tendency(:, i, h, :)
                t_tendency = work%temperature_tendency(:, i, h, :)
                q_tendency = work%specific_humidity_tendency(:, i, h, :)
                call meridian(core, u, v, z, d, t, q, work%pressure_gradient_x(:, i, h), &
                    work%pressure_gradient_y(:, i, h), work%mean_eastward_wind(:, i, h), &
                    work%mean_northward_wind(:, i, h), work%mean_divergence(:, i, h), sigma_velocity, advective, &
                    u_tendency, v_tendency, t_tendency, q_tendency)
                work%sigma_velocity(:, i, h, :) = sigma_velocity
                work%sigma_velocity_advective(:, i, h, :) = advective
                work%eastward_wind_tendency(:, i, h, :) = u_tendency
                work%northward_wind_tendency(:, i, h, :) = v_tendency
                work%temperature_tendency(:, i, h, :) = t_tendency
                work%specific_humidity_tendency(:, i, h, :) = q_tendency
            end do
        end do
    end subroutine add_nonlinear_terms

    !> The nonlinear terms of the columns on half a meridian, in the notation of the spec.
    pure subroutine meridian(core, u, v, z, d, t, q, p_x, p_y, mean_u, mean_v, mean_d, sigma_velocity, advective, &
            u_tendency, v_tendency, t_tendency, q_tendency)
        type(speedy_core), intent(in) :: core
        real(dp), dimension(rows, levels), intent(in) :: u, v, z, d, t, q     ! z: absolute vorticity
        real(dp), dimension(rows), intent(in) :: p_x, p_y
        real(dp), dimension(rows), intent(out) :: mean_u, mean_v, mean_d
        real(dp), dimension(rows, levels + 1), intent(out) :: sigma_velocity, advective
        real(dp), dimension(rows, levels), intent(inout) :: u_tendency, v_tendency, t_tendency, q_tendency
        real(dp), dimension(rows, levels) :: a, anomaly
        real(dp), dimension(rows, levels + 1) :: flux      ! of a quantity through the interfaces
        real(dp) :: r, half_inverse, half_kappa
        integer :: k

        r = gas_constant(core%constants)
        associate (thickness => core%layers%sigma_thickness, sigma => core%layers%full_level_sigma, &
                reference => core%reference%temperature, kappa => core%constants%kappa, m => advective)
            mean_u = 0.0_dp
            mean_v = 0.0_dp
            mean_d = 0.0_dp
            do k = 1, levels
                mean_u = mean_u + u(:, k)*thickness(k)
                mean_v = mean_v + v(:, k)*thickness(k)
                mean_d = mean_d + d(:, k)*thickness(k)
            end do

            sigma_velocity(:, 1) = 0.0_dp
            m(:, 1) = 0.0_dp
            do k = 1, levels
                a(:, k) = (u(:, k) - mean_u)*p_x + (v(:, k) - mean_v)*p_y
                sigma_velocity(:, k + 1) = sigma_velocity(:, k) - thickness(k)*(a(:, k) + d(:, k) - mean_d)
                m(:, k + 1) = m(:, k) - thickness(k)*a(:, k)
                anomaly(:, k) = t(:, k) - reference(k)
            end do

            call interface_fluxes(sigma_velocity, u, flux)
            do k = 1, levels
                half_inverse = 0.5_dp/thickness(k)
                u_tendency(:, k) = u_tendency(:, k) + v(:, k)*z(:, k) - r*anomaly(:, k)*p_x &
                    - half_inverse*(flux(:, k + 1) + flux(:, k))
            end do
            call interface_fluxes(sigma_velocity, v, flux)
            do k = 1, levels
                half_inverse = 0.5_dp/thickness(k)
                v_tendency(:, k) = v_tendency(:, k) - u(:, k)*z(:, k) - r*anomaly(:, k)*p_y &
                    - half_inverse*(flux(:, k + 1) + flux(:, k))
            end do

            call interface_fluxes(sigma_velocity, anomaly, flux)
            do k = 2, levels
                flux(:, k) = flux(:, k) + m(:, k)*(reference(k) - reference(k - 1))
            end do
            do k = 1, levels
                half_inverse = 0.5_dp/thickness(k)
                half_kappa = kappa/(2.0_dp*sigma(k))
                t_tendency(:, k) = t_tendency(:, k) + anomaly(:, k)*d(:, k) &
                    - half_inverse*(flux(:, k + 1) + flux(:, k)) &
                    + half_kappa*anomaly(:, k)*(sigma_velocity(:, k + 1) + sigma_velocity(:, k)) &
                    + half_kappa*reference(k)*(m(:, k + 1) + m(:, k)) &
                    + kappa*(t(:, k)*a(:, k) - anomaly(:, k)*mean_d)
            end do

            ! No humidity passes through the two highest interfaces.
            call interface_fluxes(sigma_velocity, q, flux)
            flux(:, 2:3) = 0.0_dp
            do k = 1, levels
                half_inverse = 0.5_dp/thickness(k)
                q_tendency(:, k) = q_tendency(:, k) + q(:, k)*d(:, k) - half_inverse*(flux(:, k + 1) + flux(:, k))
            end do
        end associate
    end subroutine meridian

    !> Products with the difference between the levels below and above; none through top and surface.
    pure subroutine interface_fluxes(sigma_velocity, x, flux)
        real(dp), intent(in) :: sigma_velocity(rows, levels + 1), x(rows, levels)
        real(dp), intent(out) :: flux(rows, levels + 1)
        integer :: k

        flux(:, 1) = 0.0_dp
        do k = 2, levels
            flux(:, k) = sigma_velocity(:, k)*(x(:, k) - x(:, k - 1))
        end do
        flux(:, levels + 1) = 0.0_dp
    end subroutine interface_fluxes

    !> Tendencies of the spectral variables, horizontal advection included.
    pure subroutine tendencies_in_spectral_space(core, work, tendency)
        type(speedy_core), intent(in) :: core
        type(advection_workspace), intent(in) :: work
        type(prognostic_state), intent(inout) :: tendency
        complex(dp), dimension(0:truncation, 0:truncation + 1) :: x, y
        real(dp) :: product(rows, longitudes, 2)
        integer :: k

        product = -work%mean_eastward_wind*work%pressure_gradient_x - work%mean_northward_wind*work%pressure_gradient_y
        call analysis_of_blocks(core%transform, product, .false., tendency%log_normalized_surface_pressure)
        tendency%log_normalized_surface_pressure(0, 0) = (0.0_dp, 0.0_dp)

        do k = 1, levels
            call analysis_of_blocks(core%transform, work%eastward_wind_tendency(:, :, :, k), .true., x)
            call analysis_of_blocks(core%transform, work%northward_wind_tendency(:, :, :, k), .true., y)
            call curl(core%operators, x, y, tendency%vorticity(:, :, k))
            call divergence(core%operators, x, y, tendency%divergence(:, :, k))
            associate (u => work%eastward_wind(:, :, :, k), v => work%northward_wind(:, :, :, k))
                product = 0.5_dp*(u**2 + v**2)
            end associate
            call analysis_of_blocks(core%transform, product, .false., x)
            call laplacian(core%operators, x, y)
            tendency%divergence(:, :, k) = tendency%divergence(:, :, k) - y

            call flux_divergence(core, work%eastward_wind(:, :, :, k), work%northward_wind(:, :, :, k), &
                work%temperature(:, :, :, k), core%reference%temperature(k), work%temperature_tendency(:, :, :, k), &
                tendency%temperature(:, :, k))
            call flux_divergence(core, work%eastward_wind(:, :, :, k), work%northward_wind(:, :, :, k), &
                work%specific_humidity(:, :, :, k), 0.0_dp, work%specific_humidity_tendency(:, :, :, k), &
                tendency%specific_humidity(:, :, k))
        end do
    end subroutine tendencies_in_spectral_space

    !> Spectral tendency from the one on the grid and the flux of a quantity, counted from a reference.
    pure subroutine flux_divergence(core, u, v, quantity, reference, local_tendency, tendency)
        type(speedy_core), intent(in) :: core
        real(dp), dimension(rows, longitudes, 2), intent(in) :: u, v, quantity, local_tendency
        real(dp), intent(in) :: reference
        complex(dp), intent(out) :: tendency(0:truncation, 0:truncation + 1)
        complex(dp), dimension(0:truncation, 0:truncation + 1) :: x, y
        real(dp) :: flux(rows, longitudes, 2)

        flux = -u*(quantity - reference)
        call analysis_of_blocks(core%transform, flux, .true., x)
        flux = -v*(quantity - reference)
        call analysis_of_blocks(core%transform, flux, .true., y)
        call divergence(core%operators, x, y, tendency)
        call analysis_of_blocks(core%transform, local_tendency, .false., x)
        tendency = tendency + x
    end subroutine flux_divergence

end module nonlinear_tendencies
