!> All numbers that a model reads in a time step, each set under the name of its part, and its flags.
!>
!> The names are those of jcm/model/parameters.py. What belongs to the preparation of boundary data is not here.
module model_parameter_sets
    use constants, only: physical_constants
    use daily_forcing_process, only: daily_forcing_parameters
    use dynamics_parameter_sets, only: dynamics_parameters
    use interpolation_process, only: interpolation_parameters
    use orographic_correction_process, only: orographic_correction_parameters
    use physics_parameter_sets, only: physics_parameters
    use sea_model_process, only: sea_model_parameters
    use sppt_process, only: sppt_parameters
    use zonal_forcing_process, only: zonal_forcing_parameters
    implicit none
    private
    public :: coupling_parameters, model_flags, model_parameters, flags_exist

    type :: coupling_parameters
        type(interpolation_parameters) :: interpolation
        type(sea_model_parameters) :: sea_model
    end type coupling_parameters

    type :: model_parameters
        type(physical_constants) :: constants
        type(dynamics_parameters) :: dynamics
        type(physics_parameters) :: physics
        type(zonal_forcing_parameters) :: zonal_forcing
        type(daily_forcing_parameters) :: daily_forcing
        type(orographic_correction_parameters) :: orographic_correction
        type(coupling_parameters) :: coupling
        type(sppt_parameters) :: sppt
    end type model_parameters

    !> Which parts of the model act.
    type :: model_flags
        integer :: land_coupling_flag = 1           ! 1 interactive land temperature, 0 climatology
        integer :: ice_coupling_flag = 1            ! 1 interactive ice temperature, 0 climatology
        integer :: sst_anomaly_coupling_flag = 1    ! 1 observed anomalies of sea-surface temperature, 0 climatology
        integer :: sea_coupling_flag = 0            ! only 0, prescribed temperature: there are no data for others
        integer :: co2_trend = 0                    ! 1 absorption by carbon dioxide grows with the date
        integer :: physics = 1                      ! 0 the dynamics alone: neither column physics nor coupling
        integer :: sppt = 0                         ! 1 stochastically perturbed tendencies
        integer :: sppt_seed = 0                    ! any number
    end type model_flags

contains

    !> Whether all flags have values that mean something.
    pure function flags_exist(flags)
        type(model_flags), intent(in) :: flags
        logical :: flags_exist
        integer :: values(6)

        values = [flags%land_coupling_flag, flags%ice_coupling_flag, flags%sst_anomaly_coupling_flag, &
            flags%co2_trend, flags%physics, flags%sppt]
        flags_exist = all(values == 0 .or. values == 1) .and. flags%sea_coupling_flag == 0
    end function flags_exist

end module model_parameter_sets
