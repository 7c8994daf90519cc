!> Parameters of the dynamics; the names are those of jcm/dynamics/parameters.py, with the time step besides.
!>
!> real(0.05, dp) is a number written in single precision and used in double precision, as in the original.
module dynamics_parameter_sets
    use kinds, only: dp
    implicit none
    private
    public :: dynamics_parameters

    type :: dynamics_parameters
        ! Planet (spec 30)
        real(dp) :: planet_radius = 6.371e6_dp                          ! m
        real(dp) :: rotation_rate = real(7.292e-5, dp)                  ! s-1
        ! Time stepping (spec 35)
        real(dp) :: time_step = 2400.0_dp                               ! s
        real(dp) :: robert_coefficient = real(0.05, dp)                 ! 1
        real(dp) :: williams_parameter = real(0.53, dp)                 ! 1
        ! Semi-implicit correction and its reference profile (spec 33)
        real(dp) :: implicitness = 0.5_dp                               ! 1
        real(dp) :: reference_temperature = 288.0_dp                    ! K, at sigma = 1
        real(dp) :: reference_minimum_sigma = real(0.2, dp)             ! 1, the profile is constant above
        ! Horizontal diffusion and drag (spec 34); damping times at total wavenumber 30
        real(dp) :: vorticity_damping_time = real(2.4, dp)              ! h, of vorticity and temperature
        real(dp) :: divergence_damping_time = real(2.4, dp)             ! h, of divergence and humidity
        real(dp) :: stratospheric_damping_time = 12.0_dp                ! h, of the additional diffusion
        real(dp) :: zonal_mean_drag_time = 720.0_dp                     ! h, of the flow at the top level
        real(dp) :: pressure_scale_height = 7.5_dp                      ! km
        real(dp) :: humidity_scale_height = 2.5_dp                      ! km
        ! Atmosphere at rest (spec 36)
        real(dp) :: sea_level_temperature = 288.0_dp                    ! K
        real(dp) :: stratospheric_temperature = 216.0_dp                ! K
        real(dp) :: sea_level_pressure_ratio = real(1.013, dp)          ! 1, of 1e5 Pa
        real(dp) :: near_surface_relative_humidity = real(0.7, dp)      ! 1
        real(dp) :: gas_constant_ratio = real(0.622, dp)                ! 1, dry air / water vapour
        real(dp) :: reference_saturation_pressure = 17.0_dp             ! hPa, at the sea-level temperature
    end type dynamics_parameters

end module dynamics_parameter_sets
