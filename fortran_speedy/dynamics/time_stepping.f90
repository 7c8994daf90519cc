!> Leapfrog step with the time filter of Robert, Asselin and Williams (spec 35, section 1).
module time_stepping
    use dynamics_parameter_sets, only: dynamics_parameters
    use formulation, only: formulation_switches
    use gaussian_latitudes, only: truncation
    use kinds, only: dp
    use prognostic_fields, only: prognostic_state
    implicit none
    private
    public :: forward_step, leapfrog_step

    integer, parameter :: last = truncation + 1     ! n

contains

    !> Later level from the earlier one and the tendency, which counts for l <= 30; the earlier level stays as it is.
    pure subroutine forward_step(time_step, tendency, earlier, later)
        real(dp), intent(in) :: time_step      ! s
        type(prognostic_state), intent(in) :: tendency, earlier
        type(prognostic_state), intent(inout) :: later
        integer :: k

        do k = 1, size(earlier%vorticity, 3)
            call forward(time_step, tendency%vorticity(:, :, k), earlier%vorticity(:, :, k), later%vorticity(:, :, k))
            call forward(time_step, tendency%divergence(:, :, k), earlier%divergence(:, :, k), later%divergence(:, :, k))
            call forward(time_step, tendency%temperature(:, :, k), earlier%temperature(:, :, k), &
                later%temperature(:, :, k))
            call forward(time_step, tendency%specific_humidity(:, :, k), earlier%specific_humidity(:, :, k), &
                later%specific_humidity(:, :, k))
        end do
        call forward(time_step, tendency%log_normalized_surface_pressure, earlier%log_normalized_surface_pressure, &
            later%log_normalized_surface_pressure)
    end subroutine forward_step

    !> Both levels one time step on: a leapfrog step, twice as long, and the filter.
    pure subroutine leapfrog_step(formulation, parameters, time_step, tendency, earlier, later)
        type(formulation_switches), intent(in) :: formulation
        type(dynamics_parameters), intent(in) :: parameters
        real(dp), intent(in) :: time_step      ! s, from the earlier level to the new one
        type(prognostic_state), intent(in) :: tendency
        type(prognostic_state), intent(inout) :: earlier, later
        integer :: k

        do k = 1, size(earlier%vorticity, 3)
            call leapfrog(formulation, parameters, time_step, tendency%vorticity(:, :, k), &
                earlier%vorticity(:, :, k), later%vorticity(:, :, k))
            call leapfrog(formulation, parameters, time_step, tendency%divergence(:, :, k), &
                earlier%divergence(:, :, k), later%divergence(:, :, k))
            call leapfrog(formulation, parameters, time_step, tendency%temperature(:, :, k), &
                earlier%temperature(:, :, k), later%temperature(:, :, k))
            call leapfrog(formulation, parameters, time_step, tendency%specific_humidity(:, :, k), &
                earlier%specific_humidity(:, :, k), later%specific_humidity(:, :, k))
        end do
        call leapfrog(formulation, parameters, time_step, tendency%log_normalized_surface_pressure, &
            earlier%log_normalized_surface_pressure, later%log_normalized_surface_pressure)
    end subroutine leapfrog_step

    pure subroutine forward(time_step, tendency, earlier, later)
        real(dp), intent(in) :: time_step
        complex(dp), dimension(0:truncation, 0:last), intent(in) :: tendency, earlier
        complex(dp), intent(out) :: later(0:truncation, 0:last)
        integer :: n, m

        later = earlier
        do n = 0, truncation
            m = truncation - n
            later(:m, n) = later(:m, n) + time_step*tendency(:m, n)
        end do
    end subroutine forward

    !> The original's second displacement sees the middle level already filtered, so that the result lags behind.
    pure subroutine leapfrog(formulation, parameters, time_step, tendency, earlier, later)
        type(formulation_switches), intent(in) :: formulation
        type(dynamics_parameters), intent(in) :: parameters
        real(dp), intent(in) :: time_step
        complex(dp), intent(in) :: tendency(0:truncation, 0:last)
        complex(dp), dimension(0:truncation, 0:last), intent(inout) :: earlier, later
        complex(dp), dimension(0:truncation, 0:last) :: new, filtered

        associate (w => parameters%williams_parameter, epsilon => parameters%robert_coefficient)
            call forward(time_step, tendency, earlier, new)
            filtered = later + (w*epsilon)*(earlier - 2.0_dp*later + new)
            if (formulation%filter_uses_filtered_value) then
                later = new - ((1.0_dp - w)*epsilon)*(filtered - 2.0_dp*later + new)
            else
                later = new - ((1.0_dp - w)*epsilon)*(earlier - 2.0_dp*later + new)
            end if
            earlier = filtered
        end associate
    end subroutine leapfrog

end module time_stepping
