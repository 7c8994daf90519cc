!> What decides after every step whether a run goes on (spec 27, section 5).
module range_check
    use core_constants, only: speedy_core
    use kinds, only: dp
    use prognostic_fields, only: prognostic_state
    use spectral_operators, only: inverse_laplacian
    use spectral_transform, only: truncation
    implicit none
    private
    public :: range_diagnostics

contains

    !> Global mean temperature and the kinetic energies of the eddies, per level.
    pure subroutine range_diagnostics(core, state, mean_temperature, rotational_energy, divergent_energy)
        type(speedy_core), intent(in) :: core
        type(prognostic_state), intent(in) :: state
        real(dp), intent(out) :: mean_temperature(:)       ! K
        real(dp), intent(out) :: rotational_energy(:)      ! m2 s-2
        real(dp), intent(out) :: divergent_energy(:)       ! m2 s-2
        real(dp) :: root_half
        integer :: k

        root_half = sqrt(0.5_dp)
        if (core%formulation%single_precision_constants) root_half = real(sqrt(0.5), dp)
        do k = 1, core%layers%levels
            mean_temperature(k) = root_half*real(state%temperature(0, 0, k), dp)
            rotational_energy(k) = eddy_energy(core, state%vorticity(:, :, k))
            divergent_energy(k) = eddy_energy(core, state%divergence(:, :, k))
        end do
    end subroutine range_diagnostics

    !> Kinetic energy of the flow with the given vorticity or divergence, without its zonal mean.
    pure function eddy_energy(core, field) result(energy)
        type(speedy_core), intent(in) :: core
        complex(dp), intent(in) :: field(0:truncation, 0:truncation + 1)
        real(dp) :: energy
        complex(dp) :: potential(0:truncation, 0:truncation + 1)

        call inverse_laplacian(core%operators, field, potential)
        energy = -sum(real(potential(1:, :)*conjg(field(1:, :)), dp))
    end function eddy_energy

end module range_check
