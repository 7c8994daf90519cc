!> Physical constants shared by the processes (spec 00, section 2).
!>
!> Throughout, real(0.1, dp) is a number written in single precision and used in double precision,
!> as in the original; 0.1_dp is a true double.
module constants
    use kinds, only: dp
    implicit none
    private
    public :: physical_constants, gas_constant

    type :: physical_constants
        real(dp) :: gravity = real(9.81, dp)                       ! m s-2
        real(dp) :: reference_pressure = 1.0e5_dp                  ! Pa
        real(dp) :: specific_heat = 1004.0_dp                      ! J kg-1 K-1
        real(dp) :: kappa = real(2.0/7.0, dp)                      ! R / c_p
        real(dp) :: latent_heat = 2501.0_dp                        ! J g-1, condensation
        real(dp) :: stefan_boltzmann = real(5.67e-8, dp)           ! W m-2 K-4
        real(dp) :: lapse_rate = 6.0_dp                            ! K km-1
        real(dp) :: surface_emissivity = real(0.98, dp)            ! 1
        real(dp) :: black_band_fraction = real(0.05, dp)           ! 1
    end type physical_constants

contains

    !> Gas constant of air, J kg-1 K-1.
    pure function gas_constant(constants) result(r)
        type(physical_constants), intent(in) :: constants
        real(dp) :: r

        r = constants%kappa*constants%specific_heat
    end function gas_constant

end module constants
