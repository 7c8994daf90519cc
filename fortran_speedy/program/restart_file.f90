!> A state of the model in a file, from which a run goes on bit for bit.
!>
!> Variables are those of model_variables, in the order of the model's memory: the dimensions of the file say which
!> that is. Complex ones are two variables, *_real and *_imaginary.
module restart_file
    use calendar_process, only: clock_time
    use kinds, only: dp
    use model_variables
    use netcdf
    use netcdf_files, only: check, close_file, create_file, define_variable, finish_file, open_file, read_values
    use program_messages, only: say, stop_program
    use speedy_model_type, only: continue_from, describe_date, speedy_model
    implicit none
    private
    public :: read_restart_start, read_restart, write_restart

    character(len=*), parameter :: format_name = 'SPEEDY restart 1'
    real(dp), parameter :: same_orography = 1.0e-5_dp     ! 1, relative difference of another precision

    !> A dimension of the file.
    type :: file_dimension
        character(len=10) :: name
        integer :: length
    end type file_dimension

contains

    !> The date from which the steps of a file are counted.
    function read_restart_start(path) result(start)
        character(len=*), intent(in) :: path
        type(clock_time) :: start
        real(dp) :: date(5)
        integer :: file, status
        character(len=50) :: found

        file = open_file(path)
        found = ''
        status = nf90_get_att(file, nf90_global, 'format', found)
        if (status /= nf90_noerr .or. found /= format_name) then
            call stop_program(trim(path)//' is no restart file: its attribute format is '''//trim(found)// &
                ''', expected '''//format_name//'''')
        end if
        call read_values(file, path, 'start_date', [5], date)
        call close_file(file, path)
        start = clock_time(nint(date(1)), nint(date(2)), nint(date(3)), nint(date(4)), nint(date(5)))
    end function read_restart_start

    !> Put the state of a file into the model, which was created with the start date of the file.
    subroutine read_restart(path, model)
        character(len=*), intent(in) :: path
        type(speedy_model), intent(inout) :: model
        complex(dp), allocatable :: own_orography(:, :)
        type(variable_description) :: variable
        type(file_dimension), allocatable :: dimensions(:)
        real(dp), pointer :: memory(:)
        real(dp), allocatable :: values(:)
        real(dp) :: step(1), months(3), random_state(generator_length)
        integer :: file, place

        file = open_file(path)
        allocate (own_orography, source=model%surface_geopotential)
        do place = 1, state_variable_count
            variable = state_variable(place)
            dimensions = dimensions_of(variable%shape)
            call locate(model, trim(variable%name), memory)
            if (is_complex(variable%shape)) then
                allocate (values(size(memory)/2))
                call read_values(file, path, trim(variable%name)//'_real', dimensions%length, values)
                memory(1::2) = values
                call read_values(file, path, trim(variable%name)//'_imaginary', dimensions%length, values)
                memory(2::2) = values
                deallocate (values)
            else
                call read_values(file, path, variable%name, dimensions%length, memory)
            end if
        end do
        if (maxval(abs(own_orography - model%surface_geopotential)) > same_orography*maxval(abs(own_orography))) then
            call stop_program(trim(path)//' belongs to another orography than the boundary file')
        end if
        call read_values(file, path, 'sst_anomaly_slot_file_month', [3], months)
        call read_values(file, path, 'sppt_random_state', [generator_length], random_state)
        call read_values(file, path, 'step', [1], step)
        call close_file(file, path)
        model%surface%sst_anomaly_slot_file_month = nint(months)
        call set_generator(model, random_state)
        call continue_from(model, nint(step(1)))
    end subroutine read_restart

    !> A file with the state of the model.
    subroutine write_restart(path, model)
        character(len=*), intent(in) :: path
        type(speedy_model), intent(inout) :: model
        character(len=:), allocatable :: temporary
        type(variable_description) :: variable
        type(file_dimension), allocatable :: dimensions(:)
        real(dp), pointer :: memory(:)
        integer :: file, place

        temporary = trim(path)//'.part'
        file = create_file(temporary, 'State of the SPEEDY model')
        call check(nf90_put_att(file, nf90_global, 'format', format_name), path, 'format')
        call check(nf90_put_att(file, nf90_global, 'model_date', describe_date(model%now)), path, 'model_date')
        do place = 1, state_variable_count
            variable = state_variable(place)
            dimensions = dimensions_of(variable%shape)
            call locate(model, trim(variable%name), memory)
            if (is_complex(variable%shape)) then
                call write_values(file, path, trim(variable%name)//'_real', variable%units, dimensions, memory(1::2))
                call write_values(file, path, trim(variable%name)//'_imaginary', variable%units, dimensions, memory(2::2))
            else
                call write_values(file, path, variable%name, variable%units, dimensions, memory)
            end if
        end do
        call write_values(file, path, 'sst_anomaly_slot_file_month', '1', [file_dimension('slot', 3)], &
            real(model%surface%sst_anomaly_slot_file_month, dp))
        call write_values(file, path, 'sppt_random_state', '1', [file_dimension('number', generator_length)], &
            get_generator(model))
        call write_values(file, path, 'step', '1', [file_dimension('single', 1)], [real(model%step, dp)])
        call write_values(file, path, 'start_date', '1', [file_dimension('date', 5)], &
            real([model%start%year, model%start%month, model%start%day, model%start%hour, model%start%minute], dp))
        call close_file(file, path)
        call finish_file(temporary, path)
        call say('state of '//describe_date(model%now)//' written to '//trim(path))
    end subroutine write_restart

    !> Dimensions of a variable, fastest first.
    pure function dimensions_of(shape_code) result(dimensions)
        integer, intent(in) :: shape_code
        type(file_dimension), allocatable :: dimensions(:)
        type(file_dimension), parameter :: m = file_dimension('m', 31), n = file_dimension('n', 32), &
            level = file_dimension('level', 8), longitude = file_dimension('longitude', 96), &
            latitude = file_dimension('latitude', 48)

        select case (shape_code)
        case (shape_spectral_levels)
            dimensions = [m, n, level]
        case (shape_spectral)
            dimensions = [m, n]
        case (shape_map)
            dimensions = [longitude, latitude]
        case (shape_row)
            dimensions = [latitude]
        case (shape_columns)
            dimensions = [level, longitude, latitude]
        case (shape_bands)
            dimensions = [file_dimension('band', 4), level, longitude, latitude]
        case (shape_terms)
            dimensions = [file_dimension('term', 2), longitude, latitude]
        case default
            dimensions = [file_dimension('single', 1)]
        end select
    end function dimensions_of

    pure function is_complex(shape_code)
        integer, intent(in) :: shape_code
        logical :: is_complex

        is_complex = shape_code == shape_spectral_levels .or. shape_code == shape_spectral
    end function is_complex

    !> Define a variable, with its dimensions if they are new, and give it its values.
    subroutine write_values(file, path, name, units, dimensions, values)
        integer, intent(in) :: file
        character(len=*), intent(in) :: path, name, units
        type(file_dimension), intent(in) :: dimensions(:)
        real(dp), intent(in) :: values(:)
        integer :: ids(size(dimensions)), variable, i

        do i = 1, size(dimensions)
            if (nf90_inq_dimid(file, trim(dimensions(i)%name), ids(i)) /= nf90_noerr) then
                call check(nf90_def_dim(file, trim(dimensions(i)%name), dimensions(i)%length, ids(i)), path, &
                    dimensions(i)%name)
            end if
        end do
        call define_variable(file, path, name, ids, units, '', nf90_double, variable)
        call check(nf90_put_var(file, variable, values, start=[(1, i=1, size(ids))], count=dimensions%length), path, name)
    end subroutine write_values

end module restart_file
