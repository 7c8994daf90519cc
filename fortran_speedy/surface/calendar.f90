!> The model's clock, and the position of a date in its month and year (spec 24, section 1).
module calendar_process
    use formulation, only: formulation_switches
    use kinds, only: dp, sp
    use status_codes, only: status_invalid_date, status_ok
    implicit none
    private
    public :: calendar, clock_time
    public :: advance, days_in_month, exists, fraction_of_month, fraction_of_year, is_leap_year

    !> Year, month (1 to 12), day of the month, hour and minute.
    type :: clock_time
        integer :: year = 1982
        integer :: month = 1
        integer :: day = 1
        integer :: hour = 0
        integer :: minute = 0
    end type clock_time

    integer, parameter, public :: minutes_per_step = 40

    integer, parameter :: month_lengths(12) = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

contains

    !> The clock a number of steps after a start, and the fractions of month and year there.
    pure subroutine calendar(formulation, start_year, start_month, start_day, start_hour, start_minute, step, &
            year, month, day, hour, minute, month_index, month_fraction, year_fraction, status)
        type(formulation_switches), intent(in) :: formulation
        integer, intent(in) :: start_year, start_month, start_day, start_hour, start_minute
        integer, intent(in) :: step                  ! steps after the start, not negative
        integer, intent(out) :: year, month, day, hour, minute
        integer, intent(out) :: month_index          ! 1 to 12
        real(dp), intent(out) :: month_fraction      ! 1
        real(dp), intent(out) :: year_fraction       ! 1
        integer, intent(out) :: status
        type(clock_time) :: now
        logical :: long_february
        integer :: i

        now = clock_time(start_year, start_month, start_day, start_hour, start_minute)
        month_fraction = 0.0_dp
        year_fraction = 0.0_dp
        status = status_ok
        if (step < 0 .or. .not. exists(formulation, now)) status = status_invalid_date
        if (status == status_ok) then
            do i = 1, step
                call advance(formulation, now)
            end do
            long_february = is_leap_year(formulation, now%year) .and. .not. formulation%leap_day_outside_its_month
            month_fraction = fraction_of_month(formulation, long_february, now%month, now%day)
            year_fraction = fraction_of_year(formulation, long_february, now%month, now%day)
        end if
        year = now%year
        month = now%month
        day = now%day
        hour = now%hour
        minute = now%minute
        month_index = now%month
    end subroutine calendar

    !> Move the clock on by one time step.
    pure subroutine advance(formulation, now)
        type(formulation_switches), intent(in) :: formulation
        type(clock_time), intent(inout) :: now

        now%minute = now%minute + minutes_per_step
        if (now%minute < 60) return
        now%minute = now%minute - 60
        now%hour = now%hour + 1
        if (now%hour < 24) return
        now%hour = 0
        now%day = now%day + 1
        if (now%day <= days_in_month(now%month, is_leap_year(formulation, now%year))) return
        now%day = 1
        now%month = now%month + 1
        if (now%month <= 12) return
        now%month = 1
        now%year = now%year + 1
    end subroutine advance

    !> Whether there is such a date and time of day.
    pure function exists(formulation, time)
        type(formulation_switches), intent(in) :: formulation
        type(clock_time), intent(in) :: time
        logical :: exists

        exists = .false.
        if (time%month < 1 .or. time%month > 12) return
        exists = time%day >= 1 .and. time%day <= days_in_month(time%month, is_leap_year(formulation, time%year)) &
            .and. time%hour >= 0 .and. time%hour < 24 .and. time%minute >= 0 .and. time%minute < 60
    end function exists

    !> Whether February has 29 days in the calendar of this year.
    pure function is_leap_year(formulation, year)
        type(formulation_switches), intent(in) :: formulation
        integer, intent(in) :: year
        logical :: is_leap_year

        is_leap_year = modulo(year, 4) == 0
        if (.not. formulation%every_fourth_year_is_leap) then
            is_leap_year = is_leap_year .and. (modulo(year, 100) /= 0 .or. modulo(year, 400) == 0)
        end if
    end function is_leap_year

    !> Number of days of a month, 1 to 12.
    elemental function days_in_month(month, long_february) result(days)
        integer, intent(in) :: month
        logical, intent(in) :: long_february     ! February has 29 days
        integer :: days

        days = month_lengths(month)
        if (month == 2 .and. long_february) days = 29
    end function days_in_month

    !> Position of noon in the month, (day - 0.5)/days, above 1 on a day outside the table.
    pure function fraction_of_month(formulation, long_february, month, day) result(fraction)
        type(formulation_switches), intent(in) :: formulation
        logical, intent(in) :: long_february     ! February has 29 days in the table
        integer, intent(in) :: month, day
        real(dp) :: fraction

        fraction = quotient(formulation, real(day, dp) - 0.5_dp, days_in_month(month, long_february))
    end function fraction_of_month

    !> Position of noon in the year, (days before the month + day - 0.5)/days.
    pure function fraction_of_year(formulation, long_february, month, day) result(fraction)
        type(formulation_switches), intent(in) :: formulation
        logical, intent(in) :: long_february     ! February has 29 days in the table
        integer, intent(in) :: month, day
        real(dp) :: fraction
        integer :: lengths(12), m

        lengths = days_in_month([(m, m=1, 12)], long_february)
        fraction = quotient(formulation, real(sum(lengths(:month - 1)) + day, dp) - 0.5_dp, sum(lengths))
    end function fraction_of_year

    !> Days / days, in the precision of the formulation.
    pure function quotient(formulation, numerator, denominator)
        type(formulation_switches), intent(in) :: formulation
        real(dp), intent(in) :: numerator
        integer, intent(in) :: denominator
        real(dp) :: quotient

        if (formulation%single_precision_constants) then
            quotient = real(real(numerator, sp)/real(denominator, sp), dp)
        else
            quotient = numerator/real(denominator, dp)
        end if
    end function quotient

end module calendar_process
