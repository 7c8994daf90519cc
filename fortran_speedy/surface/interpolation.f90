!> Interpolation of monthly values to a date (spec 24, section 2).
module interpolation_process
    use calendar_process, only: days_in_month, fraction_of_month, fraction_of_year
    use formulation, only: formulation_switches
    use kinds, only: dp
    use status_codes, only: status_invalid_date, status_ok
    implicit none
    private
    public :: interpolation, interpolation_parameters
    public :: interpolate_five_point, interpolate_linear

    type :: interpolation_parameters
        real(dp) :: one_twelfth = real(1.0/12.0, dp)     ! 1
    end type interpolation_parameters

contains

    !> Fractions of month and year of a date, and monthly values of one series interpolated to it.
    !> As no year is given, the year has 365 days; 29 February is accepted and lies outside its month.
    pure subroutine interpolation(formulation, parameters, month, day, monthly_values, month_fraction, &
            year_fraction, linear, five_point, linear_three_slot, status)
        type(formulation_switches), intent(in) :: formulation
        type(interpolation_parameters), intent(in) :: parameters
        integer, intent(in) :: month                     ! 1 to 12
        integer, intent(in) :: day                       ! of the month, from 1
        real(dp), intent(in) :: monthly_values(:)        ! 12, January to December
        real(dp), intent(out) :: month_fraction          ! 1
        real(dp), intent(out) :: year_fraction           ! 1
        real(dp), intent(out) :: linear                  ! as the values
        real(dp), intent(out) :: five_point              ! as the values
        real(dp), intent(out) :: linear_three_slot       ! as the values, January to March taken as the window
        integer, intent(out) :: status

        month_fraction = 0.0_dp
        year_fraction = 0.0_dp
        linear = 0.0_dp
        five_point = 0.0_dp
        linear_three_slot = 0.0_dp
        status = status_ok
        if (month < 1 .or. month > 12) then
            status = status_invalid_date
        else if (day < 1 .or. day > days_in_month(month, long_february=.true.)) then
            status = status_invalid_date
        end if
        if (status /= status_ok) return

        month_fraction = fraction_of_month(formulation, .false., month, day)
        year_fraction = fraction_of_year(formulation, .false., month, day)
        linear = interpolate_linear(month, month_fraction, monthly_values)
        five_point = interpolate_five_point(parameters, month, month_fraction, monthly_values)
        linear_three_slot = interpolate_linear(2, month_fraction, monthly_values(:3))
    end subroutine interpolation

    !> Linear interpolation between the middles of consecutive months. The values are cyclic; a
    !> window of three months is interpolated with its middle as the month.
    pure function interpolate_linear(month, month_fraction, values) result(value)
        integer, intent(in) :: month                ! index in the values
        real(dp), intent(in) :: month_fraction      ! 1, position in that month
        real(dp), intent(in) :: values(:)
        real(dp) :: value
        integer :: neighbour

        neighbour = cyclic(merge(month - 1, month + 1, month_fraction <= 0.5_dp), size(values))
        value = values(month) + abs(month_fraction - 0.5_dp)*(values(neighbour) - values(month))
    end function interpolate_linear

    !> Interpolation in five cyclic months that nearly conserves the monthly means. It can overshoot.
    !> The weights add up to twelve times one_twelfth.
    pure function interpolate_five_point(parameters, month, month_fraction, values) result(value)
        type(interpolation_parameters), intent(in) :: parameters
        integer, intent(in) :: month                ! index in the values
        real(dp), intent(in) :: month_fraction      ! 1, position in that month
        real(dp), intent(in) :: values(:)
        real(dp) :: value
        real(dp) :: weight(-2:2), t0, t1, t2
        integer :: m

        associate (c => parameters%one_twelfth, t => month_fraction)
            t0 = c*t
            t1 = c*(1.0_dp - t)
            t2 = 0.25_dp*t*(1.0_dp - t)
            weight(-2) = -t1 + t2
            weight(-1) = -c + 8.0_dp*t1 - 6.0_dp*t2
            weight(0) = 7.0_dp*c + 10.0_dp*t2
            weight(1) = -c + 8.0_dp*t0 - 6.0_dp*t2
            weight(2) = -t0 + t2
        end associate
        value = 0.0_dp
        do m = -2, 2
            value = value + weight(m)*values(cyclic(month + m, size(values)))
        end do
    end function interpolate_five_point

    !> Index from 1 to n of a cyclic position.
    elemental function cyclic(position, n) result(index)
        integer, intent(in) :: position, n
        integer :: index

        index = modulo(position - 1, n) + 1
    end function cyclic

end module interpolation_process
