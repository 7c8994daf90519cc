!> What the stand-alone program says, and how it ends when it cannot go on.
module program_messages
    use, intrinsic :: iso_fortran_env, only: error_unit, output_unit
    implicit none
    private
    public :: say, stop_program, stop_run

contains

    !> A line for the reader.
    subroutine say(line)
        character(len=*), intent(in) :: line

        write (output_unit, '(a)') line
        flush (output_unit)
    end subroutine say

    !> End because of bad input: one sentence, exit status 2.
    subroutine stop_program(sentence)
        character(len=*), intent(in) :: sentence

        write (error_unit, '(a)') 'speedy: '//trim(sentence)//'.'
        stop 2, quiet=.true.
    end subroutine stop_program

    !> End because the model cannot go on: one sentence, exit status 1.
    subroutine stop_run(sentence)
        character(len=*), intent(in) :: sentence

        write (error_unit, '(a)') 'speedy: '//trim(sentence)//'.'
        stop 1, quiet=.true.
    end subroutine stop_run

end module program_messages
