!> Land: a slab whose temperature anomaly from the daily climatology is driven by the net heat flux
!> and damped (spec 22).
module land_model_process
    use kinds, only: dp
    use status_codes, only: status_ok, status_unknown_flag
    implicit none
    private
    public :: land_model

contains

    !> One coupling call at one point:
    !>
    !>     T <- d ((T - Tc) + h F) + Tc
    !>
    !> Flags: 0 prescribes the climatology, 1 couples the slab. At coupling day 0 the slab starts from
    !> the climatology.
    pure subroutine land_model(land_coupling_flag, coupling_day, land_temperature_state, &
            land_temperature_climatology, net_surface_heat_flux_land, land_inverse_heat_capacity, &
            land_damping_factor, land_temperature_state_new, land_surface_temperature, status)
        integer, intent(in) :: land_coupling_flag
        integer, intent(in) :: coupling_day                         ! 0 = initialisation
        real(dp), intent(in) :: land_temperature_state              ! K
        real(dp), intent(in) :: land_temperature_climatology        ! K, of the current date
        real(dp), intent(in) :: net_surface_heat_flux_land          ! W m-2, into the land
        real(dp), intent(in) :: land_inverse_heat_capacity          ! K m2 W-1, time step / heat capacity
        real(dp), intent(in) :: land_damping_factor                 ! 1, per call
        real(dp), intent(out) :: land_temperature_state_new         ! K
        real(dp), intent(out) :: land_surface_temperature           ! K, seen by the atmosphere
        integer, intent(out) :: status
        real(dp) :: anomaly

        land_temperature_state_new = land_temperature_state
        land_surface_temperature = land_temperature_climatology
        status = status_ok
        if (land_coupling_flag < 0 .or. land_coupling_flag > 1) status = status_unknown_flag
        if (status /= status_ok) return

        if (coupling_day <= 0) then
            land_temperature_state_new = land_temperature_climatology
        else if (land_coupling_flag == 1) then
            anomaly = land_temperature_state - land_temperature_climatology
            land_temperature_state_new = &
                land_damping_factor*(anomaly + land_inverse_heat_capacity*net_surface_heat_flux_land) &
                + land_temperature_climatology
            land_surface_temperature = land_temperature_state_new
        end if
    end subroutine land_model

end module land_model_process
