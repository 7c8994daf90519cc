!> Kinds of numbers.
module kinds
    use, intrinsic :: iso_fortran_env, only: dp => real64, sp => real32
    implicit none
    private
    public :: dp, sp
end module kinds
