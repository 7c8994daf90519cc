!> Small helpers around NetCDF: every error ends the program with a sentence that names file and variable.
module netcdf_files
    use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
    use, intrinsic :: iso_c_binding, only: c_char, c_int, c_null_char
    use kinds, only: dp
    use netcdf
    use program_messages, only: stop_program
    implicit none
    private
    public :: open_file, create_file, close_file, finish_file, check
    public :: define_grid, put_grid, define_variable
    public :: read_values

    !> Dimensions and coordinates of the grid.
    type, public :: grid_ids
        integer :: longitude, latitude, level, half_level
        integer :: longitude_variable, latitude_variable, level_variable, half_level_variable
    end type grid_ids

    interface
        !> Of the C library.
        function c_rename(old, new) result(status) bind(c, name='rename')
            import :: c_char, c_int
            character(kind=c_char), intent(in) :: old(*), new(*)
            integer(c_int) :: status
        end function c_rename
    end interface

contains

    !> Stop unless a call of the library succeeded.
    subroutine check(status, path, what)
        integer, intent(in) :: status
        character(len=*), intent(in) :: path, what

        if (status /= nf90_noerr) call stop_program(trim(path)//', '//trim(what)//': '//trim(nf90_strerror(status)))
    end subroutine check

    !> Open a file to read it.
    function open_file(path) result(file)
        character(len=*), intent(in) :: path
        integer :: file

        call check(nf90_open(path, nf90_nowrite, file), path, 'opening')
    end function open_file

    !> A new file to write; one of the same name is replaced.
    function create_file(path, title) result(file)
        character(len=*), intent(in) :: path, title
        integer :: file

        call check(nf90_create(path, ior(nf90_clobber, nf90_netcdf4), file), path, 'creating')
        call check(nf90_put_att(file, nf90_global, 'Conventions', 'CF-1.11'), path, 'attributes')
        call check(nf90_put_att(file, nf90_global, 'title', title), path, 'attributes')
        call check(nf90_put_att(file, nf90_global, 'source', 'SPEEDY in Fortran (fortran_speedy), T30L8'), path, &
            'attributes')
    end function create_file

    !> Close a file.
    subroutine close_file(file, path)
        integer, intent(in) :: file
        character(len=*), intent(in) :: path

        call check(nf90_close(file), path, 'closing')
    end subroutine close_file

    !> Give a finished file its name, so that nobody ever sees half of it.
    subroutine finish_file(temporary, path)
        character(len=*), intent(in) :: temporary, path

        if (c_rename(trim(temporary)//c_null_char, trim(path)//c_null_char) /= 0) then
            call stop_program('cannot rename '//trim(temporary)//' to '//trim(path))
        end if
    end subroutine finish_file

    !> Dimensions and coordinates of the model's grid.
    subroutine define_grid(file, path, levels, grid)
        integer, intent(in) :: file, levels
        character(len=*), intent(in) :: path
        type(grid_ids), intent(out) :: grid

        call check(nf90_def_dim(file, 'longitude', 96, grid%longitude), path, 'longitude')
        call check(nf90_def_dim(file, 'latitude', 48, grid%latitude), path, 'latitude')
        call check(nf90_def_dim(file, 'level', levels, grid%level), path, 'level')
        call check(nf90_def_dim(file, 'half_level', levels + 1, grid%half_level), path, 'half_level')
        call define_variable(file, path, 'longitude', [grid%longitude], 'degrees_east', 'longitude', nf90_double, &
            grid%longitude_variable)
        call define_variable(file, path, 'latitude', [grid%latitude], 'degrees_north', 'latitude', nf90_double, &
            grid%latitude_variable)
        call define_variable(file, path, 'level', [grid%level], '1', 'sigma at full levels', nf90_double, &
            grid%level_variable)
        call define_variable(file, path, 'half_level', [grid%half_level], '1', 'sigma at half levels', nf90_double, &
            grid%half_level_variable)
        call check(nf90_put_att(file, grid%longitude_variable, 'standard_name', 'longitude'), path, 'longitude')
        call check(nf90_put_att(file, grid%latitude_variable, 'standard_name', 'latitude'), path, 'latitude')
        call check(nf90_put_att(file, grid%level_variable, 'standard_name', 'atmosphere_sigma_coordinate'), path, 'level')
        call check(nf90_put_att(file, grid%level_variable, 'positive', 'down'), path, 'level')
        call check(nf90_put_att(file, grid%half_level_variable, 'standard_name', 'atmosphere_sigma_coordinate'), path, &
            'half_level')
        call check(nf90_put_att(file, grid%half_level_variable, 'positive', 'down'), path, 'half_level')
    end subroutine define_grid

    !> Values of the coordinates.
    subroutine put_grid(file, path, grid, latitudes, full_levels, half_levels)
        integer, intent(in) :: file
        character(len=*), intent(in) :: path
        type(grid_ids), intent(in) :: grid
        real(dp), intent(in) :: latitudes(:)                          ! degrees north
        real(dp), intent(in) :: full_levels(:), half_levels(:)        ! sigma
        integer :: i

        call check(nf90_put_var(file, grid%longitude_variable, [(3.75_dp*i, i=0, 95)]), path, 'longitude')
        call check(nf90_put_var(file, grid%latitude_variable, latitudes), path, 'latitude')
        call check(nf90_put_var(file, grid%level_variable, full_levels), path, 'level')
        call check(nf90_put_var(file, grid%half_level_variable, half_levels), path, 'half_level')
    end subroutine put_grid

    !> A variable with its units.
    subroutine define_variable(file, path, name, dimensions, units, long_name, kind_of_number, variable)
        integer, intent(in) :: file
        character(len=*), intent(in) :: path, name, units, long_name
        integer, intent(in) :: dimensions(:)            ! fastest first
        integer, intent(in) :: kind_of_number
        integer, intent(out) :: variable

        call check(nf90_def_var(file, trim(name), kind_of_number, dimensions, variable), path, name)
        call check(nf90_put_att(file, variable, 'units', trim(units)), path, name)
        if (long_name /= '') call check(nf90_put_att(file, variable, 'long_name', trim(long_name)), path, name)
    end subroutine define_variable

    !> Whether a file has a variable.
    function has_variable(file, name)
        integer, intent(in) :: file
        character(len=*), intent(in) :: name
        logical :: has_variable
        integer :: variable

        has_variable = nf90_inq_varid(file, trim(name), variable) == nf90_noerr
    end function has_variable

    !> All values of a variable, which must have the given lengths of dimensions, fastest first, and be finite.
    subroutine read_values(file, path, name, lengths, values)
        integer, intent(in) :: file
        character(len=*), intent(in) :: path, name
        integer, intent(in) :: lengths(:)
        real(dp), intent(out) :: values(:)
        integer :: variable, rank, i
        integer :: dimensions(nf90_max_var_dims), start(nf90_max_var_dims)
        integer :: found(nf90_max_var_dims)

        if (.not. has_variable(file, name)) call stop_program(trim(path)//' has no variable '//trim(name))
        call check(nf90_inq_varid(file, trim(name), variable), path, name)
        call check(nf90_inquire_variable(file, variable, ndims=rank, dimids=dimensions), path, name)
        found = 0
        do i = 1, rank
            call check(nf90_inquire_dimension(file, dimensions(i), len=found(i)), path, name)
        end do
        if (rank /= size(lengths)) then
            call stop_program(trim(name)//' in '//trim(path)//' has the wrong number of dimensions')
        else if (any(found(:rank) /= lengths)) then
            call stop_program(trim(name)//' in '//trim(path)//' has the shape'//listed(found(:rank))//', expected' &
                //listed(lengths))
        end if
        start = 1
        call check(nf90_get_var(file, variable, values, start=start(:rank), count=lengths), path, name)
        if (.not. all(ieee_is_finite(values))) then
            call stop_program(trim(name)//' in '//trim(path)//' holds values that are not finite')
        end if
    end subroutine read_values

    !> Lengths as text, slowest dimension first as other tools print them.
    pure function listed(lengths) result(text)
        integer, intent(in) :: lengths(:)
        character(len=:), allocatable :: text
        character(len=12) :: number
        integer :: i

        text = ''
        do i = size(lengths), 1, -1
            write (number, '(" ", i0)') lengths(i)
            text = text//trim(number)
        end do
    end function listed

end module netcdf_files
