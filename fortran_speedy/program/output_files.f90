!> Files with snapshots and with means over calendar months, in the layout that both models share.
!>
!> Dimensions (time, level or half_level, latitude, longitude); names, units and signs of the reference climate.
module output_files
    use calendar_process, only: minutes_per_step
    use daily_update, only: row_sine
    use diagnostics, only: field_description
    use dynamics_core, only: state_on_grid
    use kinds, only: dp
    use mean_fields, only: mean_count, mean_description, mean_levels, mean_values
    use netcdf
    use netcdf_files, only: check, close_file, create_file, define_grid, define_variable, grid_ids, put_grid
    use prognostic_fields, only: grid_fields, new_grid_fields
    use speedy_model_type, only: describe_date, speedy_model
    implicit none
    private
    public :: output_file, new_snapshot_file, new_mean_file, add_snapshot, add_month, close_output

    !> A file to which times are added.
    type :: output_file
        character(len=500) :: path = ''
        integer :: file = -1
        integer :: times = 0
        integer :: time_variable, year_variable, month_variable, steps_variable
        integer, allocatable :: variables(:)
    end type output_file

    character(len=*), parameter :: snapshot_names(6) = [character(len=17) :: 'eastward_wind', 'northward_wind', &
        'temperature', 'specific_humidity', 'geopotential', 'surface_pressure']
    character(len=*), parameter :: snapshot_units(6) = [character(len=8) :: 'm s-1', 'm s-1', 'K', 'g kg-1', 'm2 s-2', 'Pa']

contains

    !> A file for the atmosphere at single times.
    function new_snapshot_file(path, model) result(output)
        character(len=*), intent(in) :: path
        type(speedy_model), intent(in) :: model
        type(output_file) :: output
        type(grid_ids) :: grid
        integer :: time, v

        call start_file(path, 'Snapshots of the SPEEDY model', model, output, grid, time)
        allocate (output%variables(size(snapshot_names)))
        do v = 1, size(snapshot_names)
            if (snapshot_names(v) == 'surface_pressure') then
                call define_variable(output%file, path, snapshot_names(v), [grid%longitude, grid%latitude, time], &
                    snapshot_units(v), '', nf90_float, output%variables(v))
            else
                call define_variable(output%file, path, snapshot_names(v), &
                    [grid%longitude, grid%latitude, grid%level, time], snapshot_units(v), '', nf90_float, &
                    output%variables(v))
            end if
            call check(nf90_put_att(output%file, output%variables(v), 'cell_methods', 'time: point'), path, &
                snapshot_names(v))
        end do
        call finish_definition(output, grid, model)
    end function new_snapshot_file

    !> A file for means over calendar months.
    function new_mean_file(path, model) result(output)
        character(len=*), intent(in) :: path
        type(speedy_model), intent(in) :: model
        type(output_file) :: output
        type(grid_ids) :: grid
        type(field_description) :: field
        integer :: time, v, levels

        call start_file(path, 'Monthly means of the SPEEDY model', model, output, grid, time)
        call define_variable(output%file, path, 'year', [time], '1', 'calendar year', nf90_int, output%year_variable)
        call define_variable(output%file, path, 'month', [time], '1', 'month of the year', nf90_int, &
            output%month_variable)
        call define_variable(output%file, path, 'steps', [time], '1', 'time steps in the mean', nf90_int, &
            output%steps_variable)
        allocate (output%variables(mean_count))
        do v = 1, mean_count
            field = mean_description(v)
            levels = mean_levels(v, model%core%layers%levels)
            if (levels == 0) then
                call define_variable(output%file, path, field%name, [grid%longitude, grid%latitude, time], &
                    field%units, field%long_name, nf90_float, output%variables(v))
            else
                call define_variable(output%file, path, field%name, [grid%longitude, grid%latitude, &
                    merge(grid%level, grid%half_level, levels == model%core%layers%levels), time], field%units, &
                    field%long_name, nf90_float, output%variables(v))
            end if
        end do
        call finish_definition(output, grid, model)
    end function new_mean_file

    !> The atmosphere at the model's date.
    subroutine add_snapshot(output, model)
        type(output_file), intent(inout) :: output
        type(speedy_model), intent(in) :: model
        type(grid_fields) :: fields

        fields = new_grid_fields(model%core%layers%levels)
        call state_on_grid(model%core, model%earlier, model%surface_geopotential, fields)
        output%times = output%times + 1
        call put_time(output, real(model%step*minutes_per_step, dp)/(24.0_dp*60.0_dp))
        call put_levels(1, fields%eastward_wind)
        call put_levels(2, fields%northward_wind)
        call put_levels(3, fields%temperature)
        call put_levels(4, fields%specific_humidity)
        call put_levels(5, fields%geopotential)
        call check(nf90_put_var(output%file, output%variables(6), model%parameters%constants%reference_pressure &
            *exp(fields%log_normalized_surface_pressure), start=[1, 1, output%times]), output%path, snapshot_names(6))
        call check(nf90_sync(output%file), output%path, 'writing')

    contains

        subroutine put_levels(v, values)
            integer, intent(in) :: v
            real(dp), intent(in) :: values(:, :, :)

            call check(nf90_put_var(output%file, output%variables(v), values, start=[1, 1, 1, output%times]), &
                output%path, snapshot_names(v))
        end subroutine put_levels

    end subroutine add_snapshot

    !> The means of the model, which are those of a month; the time is the middle of the steps in it.
    subroutine add_month(output, model, year, month)
        type(output_file), intent(inout) :: output
        type(speedy_model), intent(in) :: model
        integer, intent(in) :: year, month
        real(dp), allocatable :: values(:, :, :)
        type(field_description) :: field
        integer :: v, levels, steps

        steps = model%means%map_samples
        output%times = output%times + 1
        call put_time(output, real(model%step*minutes_per_step, dp)/(24.0_dp*60.0_dp) &
            - 0.5_dp*real(steps*minutes_per_step, dp)/(24.0_dp*60.0_dp))
        call check(nf90_put_var(output%file, output%year_variable, year, start=[output%times]), output%path, 'year')
        call check(nf90_put_var(output%file, output%month_variable, month, start=[output%times]), output%path, 'month')
        call check(nf90_put_var(output%file, output%steps_variable, steps, start=[output%times]), output%path, 'steps')
        do v = 1, mean_count
            field = mean_description(v)
            levels = mean_levels(v, model%core%layers%levels)
            allocate (values(96, 48, max(levels, 1)))
            call mean_values(model%core, model%means, v, values)
            if (levels == 0) then
                call check(nf90_put_var(output%file, output%variables(v), values(:, :, 1), &
                    start=[1, 1, output%times]), output%path, field%name)
            else
                call check(nf90_put_var(output%file, output%variables(v), values, start=[1, 1, 1, output%times]), &
                    output%path, field%name)
            end if
            deallocate (values)
        end do
        call check(nf90_sync(output%file), output%path, 'writing')
    end subroutine add_month

    !> Close the file.
    subroutine close_output(output)
        type(output_file), intent(inout) :: output

        call close_file(output%file, output%path)
    end subroutine close_output

    !> What all files have: grid and time.
    subroutine start_file(path, title, model, output, grid, time)
        character(len=*), intent(in) :: path, title
        type(speedy_model), intent(in) :: model
        type(output_file), intent(out) :: output
        type(grid_ids), intent(out) :: grid
        integer, intent(out) :: time

        output%path = path
        output%file = create_file(path, title)
        call define_grid(output%file, path, model%core%layers%levels, grid)
        call check(nf90_def_dim(output%file, 'time', nf90_unlimited, time), path, 'time')
        call define_variable(output%file, path, 'time', [time], 'days since '//describe_date(model%start), 'time', &
            nf90_double, output%time_variable)
        call check(nf90_put_att(output%file, output%time_variable, 'standard_name', 'time'), path, 'time')
        call check(nf90_put_att(output%file, output%time_variable, 'calendar', &
            merge('julian             ', 'proleptic_gregorian', model%core%formulation%every_fourth_year_is_leap)), &
            path, 'time')
    end subroutine start_file

    !> End of the definitions, and the coordinates.
    subroutine finish_definition(output, grid, model)
        type(output_file), intent(in) :: output
        type(grid_ids), intent(in) :: grid
        type(speedy_model), intent(in) :: model
        real(dp), parameter :: degrees_per_radian = 180.0_dp/acos(-1.0_dp)
        real(dp) :: latitudes(48)
        integer :: j

        call check(nf90_enddef(output%file), output%path, 'definitions')
        latitudes = [(degrees_per_radian*asin(row_sine(model%core, j)), j=1, 48)]
        call put_grid(output%file, output%path, grid, latitudes, model%core%layers%full_level_sigma, &
            model%core%layers%half_level_sigma)
    end subroutine finish_definition

    !> The time of the record, days since the start.
    subroutine put_time(output, days)
        type(output_file), intent(in) :: output
        real(dp), intent(in) :: days

        call check(nf90_put_var(output%file, output%time_variable, days, start=[output%times]), output%path, 'time')
    end subroutine put_time

end module output_files
