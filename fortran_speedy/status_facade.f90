!> Plain-argument face of the status codes, for f90wrap.
module status_facade
    use status_codes, only: status_message
    implicit none
    private
    public :: describe_status

contains

    !> The sentence that belongs to a status.
    subroutine describe_status(status, message)
        integer, intent(in) :: status
        character(len=120), intent(out) :: message

        message = status_message(status)
    end subroutine describe_status

end module status_facade
