!> What a run of the stand-alone program is told by its namelist file.
module run_settings
    use calendar_process, only: clock_time
    use formulation, only: formulation_switches
    use kinds, only: dp
    use model_numbers, only: corrected_numbers, name_length, number_count, number_name, numbers_of, set_numbers, &
        set_switches, switch_count, switch_name
    use model_parameter_sets, only: model_flags, model_parameters
    use program_messages, only: stop_program
    implicit none
    private
    public :: settings, read_settings

    integer, parameter, public :: path_length = 500
    integer, parameter :: most_entries = 50

    type :: settings
        type(clock_time) :: start, end
        character(len=path_length) :: boundary_file = ''
        character(len=path_length) :: snapshot_file = ''       ! empty: none
        character(len=path_length) :: mean_file = ''           ! empty: none
        character(len=path_length) :: restart_in = ''          ! empty: from rest
        character(len=path_length) :: restart_out = ''         ! empty: none
        integer :: steps_between_snapshots = 36
        character(len=20) :: formulation_name = 'original'
        type(formulation_switches) :: formulation
        type(model_parameters) :: parameters
        type(model_flags) :: flags
    end type settings

contains

    !> Read the groups run, model and numbers of a namelist file, of which the last two may be absent. Stops the
    !> program if something is wrong.
    subroutine read_settings(path, chosen)
        character(len=*), intent(in) :: path
        type(settings), intent(out) :: chosen
        integer :: unit, status
        character(len=300) :: reason

        open (newunit=unit, file=path, status='old', action='read', iostat=status, iomsg=reason)
        if (status /= 0) call stop_program('cannot read '//trim(path)//': '//trim(reason))
        call read_run(unit, path, chosen)
        rewind (unit)
        call read_model(unit, path, chosen)
        rewind (unit)
        call read_numbers(unit, path, chosen)
        close (unit)
    end subroutine read_settings

    !> Group run: dates and files.
    subroutine read_run(unit, path, chosen)
        integer, intent(in) :: unit
        character(len=*), intent(in) :: path
        type(settings), intent(inout) :: chosen
        integer :: start_date(5), end_date(5)          ! year, month, day, hour, minute
        character(len=path_length) :: boundary_file, snapshot_file, mean_file, restart_in, restart_out
        integer :: steps_between_snapshots, status
        character(len=300) :: reason
        namelist /run/ start_date, end_date, boundary_file, snapshot_file, mean_file, restart_in, restart_out, &
            steps_between_snapshots

        start_date = [1982, 1, 1, 0, 0]
        end_date = [1982, 2, 1, 0, 0]
        boundary_file = 'boundary.nc'
        snapshot_file = 'snapshots.nc'
        mean_file = 'monthly_means.nc'
        restart_in = ''
        restart_out = 'restart.nc'
        steps_between_snapshots = 36
        read (unit, nml=run, iostat=status, iomsg=reason)
        if (status /= 0) call stop_program('group run of '//trim(path)//': '//trim(reason))
        if (steps_between_snapshots < 1) then
            call stop_program('steps_between_snapshots in '//trim(path)//' must be positive; '// &
                'an empty snapshot_file writes none')
        end if
        chosen%start = date_of(start_date)
        chosen%end = date_of(end_date)
        chosen%boundary_file = boundary_file
        chosen%snapshot_file = snapshot_file
        chosen%mean_file = mean_file
        chosen%restart_in = restart_in
        chosen%restart_out = restart_out
        chosen%steps_between_snapshots = steps_between_snapshots
    end subroutine read_run

    !> Group model: formulation, switches that differ from it, flags.
    subroutine read_model(unit, path, chosen)
        integer, intent(in) :: unit
        character(len=*), intent(in) :: path
        type(settings), intent(inout) :: chosen
        character(len=20) :: formulation
        character(len=name_length) :: switches_off(most_entries), switches_on(most_entries)
        integer :: land_coupling_flag, ice_coupling_flag, sst_anomaly_coupling_flag, co2_trend, physics, sppt, sppt_seed
        logical :: switches(switch_count)
        integer :: status, i
        character(len=300) :: reason
        namelist /model/ formulation, switches_off, switches_on, land_coupling_flag, ice_coupling_flag, &
            sst_anomaly_coupling_flag, co2_trend, physics, sppt, sppt_seed

        formulation = 'original'
        switches_off = ''
        switches_on = ''
        land_coupling_flag = chosen%flags%land_coupling_flag
        ice_coupling_flag = chosen%flags%ice_coupling_flag
        sst_anomaly_coupling_flag = chosen%flags%sst_anomaly_coupling_flag
        co2_trend = chosen%flags%co2_trend
        physics = chosen%flags%physics
        sppt = chosen%flags%sppt
        sppt_seed = chosen%flags%sppt_seed
        read (unit, nml=model, iostat=status, iomsg=reason)
        if (status > 0) call stop_program('group model of '//trim(path)//': '//trim(reason))
        if (formulation /= 'original' .and. formulation /= 'corrected') then
            call stop_program('formulation in '//trim(path)//' is '''//trim(formulation)// &
                ''', expected ''original'' or ''corrected''')
        end if
        switches = formulation == 'original'
        do i = 1, most_entries
            call set_switch(switches_off(i), .false.)
            call set_switch(switches_on(i), .true.)
        end do
        chosen%formulation_name = formulation
        call set_switches(switches, chosen%formulation)
        chosen%flags = model_flags(land_coupling_flag, ice_coupling_flag, sst_anomaly_coupling_flag, 0, co2_trend, &
            physics, sppt, sppt_seed)

    contains

        !> Set the switch of a name; nothing for an empty one.
        subroutine set_switch(name, value)
            character(len=*), intent(in) :: name
            logical, intent(in) :: value
            integer :: place

            if (name == '') return
            do place = 1, switch_count
                if (switch_name(place) == name) then
                    switches(place) = value
                    return
                end if
            end do
            call stop_program('there is no switch '''//trim(name)//''' ('//trim(path)// &
                '); they are listed in fortran_speedy/formulation.f90')
        end subroutine set_switch

    end subroutine read_model

    !> Group numbers: values that replace defaults, which are those of the formulation's precision.
    subroutine read_numbers(unit, path, chosen)
        integer, intent(in) :: unit
        character(len=*), intent(in) :: path
        type(settings), intent(inout) :: chosen
        character(len=name_length) :: name(most_entries)
        real(dp) :: value(most_entries), values(number_count)
        integer :: status, i, place
        character(len=300) :: reason
        namelist /numbers/ name, value

        name = ''
        value = 0.0_dp
        read (unit, nml=numbers, iostat=status, iomsg=reason)
        if (status > 0) call stop_program('group numbers of '//trim(path)//': '//trim(reason))
        values = numbers_of(chosen%parameters)
        if (.not. chosen%formulation%single_precision_constants) values = corrected_numbers()
        do i = 1, most_entries
            if (name(i) == '') cycle
            do place = 1, number_count
                if (number_name(place) == name(i)) exit
            end do
            if (place > number_count) then
                call stop_program('there is no number '''//trim(name(i))//''' ('//trim(path)// &
                    '); they are listed in fortran_speedy/model/model_parameters.f90')
            end if
            values(place) = value(i)
        end do
        call set_numbers(values, chosen%parameters)
    end subroutine read_numbers

    pure function date_of(values) result(date)
        integer, intent(in) :: values(5)
        type(clock_time) :: date

        date = clock_time(values(1), values(2), values(3), values(4), values(5))
    end function date_of

end module run_settings
