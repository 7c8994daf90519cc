!> What a kernel reports instead of stopping: 0, or the reason why its input has no answer.
module status_codes
    implicit none
    private
    public :: status_message

    integer, parameter, public :: status_ok = 0
    integer, parameter, public :: status_too_few_levels = 1
    integer, parameter, public :: status_pressure_not_positive = 2
    integer, parameter, public :: status_temperature_outside_table = 3
    integer, parameter, public :: status_unknown_flag = 4
    integer, parameter, public :: status_invalid_date = 5
    integer, parameter, public :: status_outside_anomaly_file = 6
    integer, parameter, public :: status_saturation_not_positive = 7
    integer, parameter, public :: status_left_range = 8
    integer, parameter, public :: status_not_started = 9

contains

    !> One sentence for each code.
    pure function status_message(status) result(message)
        integer, intent(in) :: status
        character(len=120) :: message

        select case (status)
        case (status_ok)
            message = 'no error'
        case (status_too_few_levels)
            message = 'the scheme needs at least eight levels'
        case (status_pressure_not_positive)
            message = 'surface pressure must be positive'
        case (status_temperature_outside_table)
            message = 'temperature lies outside the long-wave table, 99.5 <= T < 400.5 K'
        case (status_unknown_flag)
            message = 'a coupling flag has a value that means nothing'
        case (status_invalid_date)
            message = 'the date does not exist'
        case (status_outside_anomaly_file)
            message = 'the date lies outside the file of sea-surface temperature anomalies'
        case (status_saturation_not_positive)
            message = 'saturation humidity of the lowest level must be positive where the column convects'
        case (status_left_range)
            message = 'a field has left its accepted range'
        case (status_not_started)
            message = 'the model must be started or given a state before it can go on'
        case default
            message = 'unknown status'
        end select
    end function status_message

end module status_codes
