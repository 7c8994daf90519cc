!> What the dynamical core knows before a run starts.
module core_constants
    use constants, only: gas_constant, physical_constants
    use dynamics_parameter_sets, only: dynamics_parameters
    use formulation, only: formulation_switches
    use horizontal_diffusion, only: damping_factors, damping_rates, new_damping_factors, new_damping_rates
    use hydrostatic_geopotential, only: hydrostatic_coefficients, new_hydrostatic_coefficients
    use kinds, only: dp
    use semi_implicit, only: implicit_matrices, new_implicit_matrices, new_reference_profile, reference_profile
    use spectral_operators, only: new_operator_factors, operator_factors
    use spectral_transform, only: new_spectral_constants, spectral_constants
    use vertical_grid, only: speedy_layers, vertical_layers
    implicit none
    private
    public :: speedy_core, new_speedy_core
    public :: step_constants, new_step_constants

    !> Everything that does not depend on the length of the step.
    type :: speedy_core
        type(physical_constants) :: constants
        type(dynamics_parameters) :: parameters
        type(formulation_switches) :: formulation
        type(vertical_layers) :: layers
        type(spectral_constants) :: transform
        type(operator_factors) :: operators
        type(hydrostatic_coefficients) :: hydrostatics
        type(reference_profile) :: reference
        type(damping_rates) :: damping
    end type speedy_core

    !> Everything that does.
    type :: step_constants
        real(dp) :: time_step = 0.0_dp     ! s
        type(implicit_matrices) :: implicit
        type(damping_factors) :: damping
    end type step_constants

contains

    !> The core; its eight layers are those of the original.
    pure subroutine new_speedy_core(constants, formulation, parameters, core)
        type(physical_constants), intent(in) :: constants
        type(formulation_switches), intent(in) :: formulation
        type(dynamics_parameters), intent(in) :: parameters
        type(speedy_core), intent(out) :: core

        core%constants = constants
        core%formulation = formulation
        core%parameters = parameters
        core%layers = speedy_layers(formulation)
        core%transform = new_spectral_constants(formulation)
        core%operators = new_operator_factors(parameters%planet_radius)
        core%hydrostatics = new_hydrostatic_coefficients(core%layers, gas_constant(constants))
        core%reference = new_reference_profile(constants, parameters, core%layers)
        core%damping = new_damping_rates(constants, formulation, parameters, core%layers)
    end subroutine new_speedy_core

    !> Matrices and factors for steps of the given length, s: half the time step, the time step or twice it.
    pure function new_step_constants(core, time_step) result(constants)
        type(speedy_core), intent(in) :: core
        real(dp), intent(in) :: time_step
        type(step_constants) :: constants

        constants%time_step = time_step
        constants%implicit = new_implicit_matrices(core%parameters, core%layers, core%operators, core%reference, time_step)
        constants%damping = new_damping_factors(core%damping, time_step)
    end function new_step_constants

end module core_constants
