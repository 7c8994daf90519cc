!> Fields and settings of the dynamics as plain arrays of real numbers, for the facades.
!>
!> Spectral fields are (part, m, n, ...): real and imaginary part, 31 wavenumbers m, 32 n. A state is 33 of them:
!> vorticity, divergence, temperature and specific humidity of eight levels each, then the logarithm of surface
!> pressure. Switches and numbers are those of a whole model, in the order of model_numbers.
module plain_arrays
    use dynamics_core, only: new_speedy_core, speedy_core
    use formulation, only: formulation_switches
    use kinds, only: dp
    use model_numbers, only: number_count, set_numbers, set_switches, switch_count
    use model_parameter_sets, only: model_parameters
    use prognostic_fields, only: new_prognostic_state, prognostic_state
    implicit none
    private
    public :: core_of, state_of, pack_state, complex_of, parts_of

contains

    !> The core of a model with the given switches and numbers.
    pure function core_of(switches, numbers) result(core)
        integer, intent(in) :: switches(switch_count)
        real(dp), intent(in) :: numbers(number_count)
        type(speedy_core) :: core
        type(model_parameters) :: parameters
        type(formulation_switches) :: formulation

        call set_switches(switches /= 0, formulation)
        call set_numbers(numbers, parameters)
        call new_speedy_core(parameters%constants, formulation, parameters%dynamics, core)
    end function core_of

    pure function state_of(parts) result(state)
        real(dp), intent(in) :: parts(2, 31, 32, 33)
        type(prognostic_state) :: state
        integer :: k

        state = new_prognostic_state(8)
        do k = 1, 8
            state%vorticity(:, :, k) = complex_of(parts(:, :, :, k))
            state%divergence(:, :, k) = complex_of(parts(:, :, :, 8 + k))
            state%temperature(:, :, k) = complex_of(parts(:, :, :, 16 + k))
            state%specific_humidity(:, :, k) = complex_of(parts(:, :, :, 24 + k))
        end do
        state%log_normalized_surface_pressure = complex_of(parts(:, :, :, 33))
    end function state_of

    pure subroutine pack_state(state, parts)
        type(prognostic_state), intent(in) :: state
        real(dp), intent(inout) :: parts(2, 31, 32, 33)
        integer :: k

        do k = 1, 8
            parts(:, :, :, k) = parts_of(state%vorticity(:, :, k))
            parts(:, :, :, 8 + k) = parts_of(state%divergence(:, :, k))
            parts(:, :, :, 16 + k) = parts_of(state%temperature(:, :, k))
            parts(:, :, :, 24 + k) = parts_of(state%specific_humidity(:, :, k))
        end do
        parts(:, :, :, 33) = parts_of(state%log_normalized_surface_pressure)
    end subroutine pack_state

    pure function complex_of(parts) result(field)
        real(dp), intent(in) :: parts(2, 31, 32)
        complex(dp) :: field(31, 32)

        field = cmplx(parts(1, :, :), parts(2, :, :), dp)
    end function complex_of

    pure function parts_of(field) result(parts)
        complex(dp), intent(in) :: field(31, 32)
        real(dp) :: parts(2, 31, 32)

        parts(1, :, :) = real(field, dp)
        parts(2, :, :) = aimag(field)
    end function parts_of

end module plain_arrays
