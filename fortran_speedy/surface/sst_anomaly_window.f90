!> Observed anomalies of sea-surface temperature: which months of the file are held, and where slab
!> anomalies give way to them (spec 23).
!>
!> Months of the file are counted from 1 = January 1979. Three are held, in slots 1, 2 and 3; the
!> second is the centre of the interpolation in time.
module sst_anomaly_window_process
    use calendar_process, only: advance, clock_time, exists, minutes_per_step
    use formulation, only: formulation_switches
    use kinds, only: dp
    use status_codes, only: status_invalid_date, status_ok, status_outside_anomaly_file
    implicit none
    private
    public :: el_nino_parameters, el_nino_weight, initial_window, shift_window, sst_anomaly_window

    integer, parameter, public :: anomaly_first_year = 1979
    integer, parameter, public :: anomaly_months = 420

    type :: el_nino_parameters
        real(dp) :: plateau_latitude = 15.0_dp            ! degrees, full weight up to here
        real(dp) :: edge_latitude = 25.0_dp               ! degrees, no weight from here
        real(dp) :: inverse_ramp = real(0.1, dp)          ! degrees-1, of the ramps in latitude and longitude
        real(dp) :: western_edge = 155.0_dp               ! degrees east, no weight west of here
        real(dp) :: plateau_western_edge = 165.0_dp       ! degrees east, full weight east of here
        real(dp) :: eastern_edge = 300.0_dp               ! degrees east, at the equator and south of it
        real(dp) :: eastern_slope = 2.0_dp                ! degrees west per degree north
    end type el_nino_parameters

contains

    !> The window in use in the coupling call after a number of steps, by going through all of them.
    pure subroutine sst_anomaly_window(formulation, start_year, start_month, start_day, start_hour, &
            start_minute, step, sst_window_shifts, sst_window_month_1, sst_window_month_2, sst_window_month_3, &
            status)
        type(formulation_switches), intent(in) :: formulation
        integer, intent(in) :: start_year, start_month, start_day, start_hour, start_minute
        integer, intent(in) :: step                       ! of 40 minutes; 0 = initialisation
        integer, intent(out) :: sst_window_shifts         ! 1 if this call shifts the window
        integer, intent(out) :: sst_window_month_1, sst_window_month_2, sst_window_month_3     ! 1 = January 1979
        integer, intent(out) :: status
        type(clock_time) :: now
        integer :: file_months(3), n
        logical :: shifted

        shifted = .false.
        now = clock_time(start_year, start_month, start_day, start_hour, start_minute)
        call initial_window(start_year, start_month, file_months, status)
        if (step < 0 .or. .not. exists(formulation, now)) status = status_invalid_date
        if (status == status_ok) then
            do n = 1, step
                call advance(formulation, now)
                call shift_window(formulation, start_year, now, n, file_months, shifted, status)
                if (status /= status_ok) exit
            end do
        end if
        sst_window_shifts = merge(1, 0, shifted)
        sst_window_month_1 = file_months(1)
        sst_window_month_2 = file_months(2)
        sst_window_month_3 = file_months(3)
    end subroutine sst_anomaly_window

    !> Months of the file around the month in which a run starts.
    pure subroutine initial_window(start_year, start_month, file_months, status)
        integer, intent(in) :: start_year, start_month
        integer, intent(out) :: file_months(3)
        integer, intent(out) :: status

        file_months = file_month(start_year, start_month) + [-1, 0, 1]
        status = status_ok
        if (start_month < 1 .or. start_month > 12) then
            status = status_invalid_date
        else if (.not. all(in_file(file_months))) then
            status = status_outside_anomaly_file
        end if
    end subroutine initial_window

    !> Move the window on in a coupling call, if it is time.
    !>
    !> The original shifts in every call on the first day of a month and takes in the current month
    !> of the start year. Without these peculiarities the first call of that day shifts, and takes in
    !> the next month of the current year.
    pure subroutine shift_window(formulation, start_year, now, coupling_day, file_months, shifted, status)
        type(formulation_switches), intent(in) :: formulation
        integer, intent(in) :: start_year
        type(clock_time), intent(in) :: now
        integer, intent(in) :: coupling_day             ! 0 = initialisation, which never shifts
        integer, intent(inout) :: file_months(3)        ! unchanged if the new month is not in the file
        logical, intent(out) :: shifted
        integer, intent(out) :: status
        integer :: month, new_month, year

        shifted = .false.
        status = status_ok
        if (coupling_day <= 0 .or. now%day /= 1) return
        year = now%year
        month = now%month
        if (.not. formulation%sst_anomaly_window_shifts_every_call) then
            if (60*now%hour + now%minute >= minutes_per_step) return
            month = modulo(now%month, 12) + 1
            if (month == 1) year = year + 1
        end if
        if (formulation%sst_anomaly_uses_start_year) year = start_year

        new_month = file_month(year, month)
        if (in_file(new_month)) then
            file_months = [file_months(2:), new_month]
            shifted = .true.
        else
            status = status_outside_anomaly_file
        end if
    end subroutine shift_window

    !> Month of the file that holds a month of a year.
    pure function file_month(year, month)
        integer, intent(in) :: year, month
        integer :: file_month

        file_month = 12*(year - anomaly_first_year) + month
    end function file_month

    !> Whether the file has such a month.
    elemental function in_file(month)
        integer, intent(in) :: month
        logical :: in_file

        in_file = month >= 1 .and. month <= anomaly_months
    end function in_file

    !> Weight of the observed anomaly against the slab ocean's, 1 in the tropical Pacific.
    !>
    !> The original leaves out the meridian where the western ramp meets the plateau.
    elemental function el_nino_weight(formulation, parameters, latitude, longitude) result(weight)
        type(formulation_switches), intent(in) :: formulation
        type(el_nino_parameters), intent(in) :: parameters
        real(dp), intent(in) :: latitude      ! degrees north
        real(dp), intent(in) :: longitude     ! degrees east, from 0 to 360
        real(dp) :: weight
        real(dp) :: meridional

        weight = 0.0_dp
        associate (p => parameters)
            if (abs(latitude) >= p%edge_latitude) return
            meridional = 1.0_dp
            if (abs(latitude) > p%plateau_latitude) then
                meridional = (p%inverse_ramp*(p%edge_latitude - abs(latitude)))**2
            end if
            if (longitude > p%plateau_western_edge) then
                if (longitude < p%eastern_edge - p%eastern_slope*max(latitude, 0.0_dp)) weight = meridional
            else if (longitude < p%plateau_western_edge) then
                if (longitude > p%western_edge) weight = meridional*p%inverse_ramp*(longitude - p%western_edge)
            else if (.not. formulation%el_nino_weight_skips_its_edges) then
                weight = meridional
            end if
        end associate
    end function el_nino_weight

end module sst_anomaly_window_process
