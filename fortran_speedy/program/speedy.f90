!> The SPEEDY model as a program.
!>
!>     speedy [NAMELIST]
!>
!> reads a namelist file (speedy.nml unless another is named; an example with all entries stands beside this source)
!> and a boundary file (validation/boundary_file.py writes one), runs from rest or from a restart file to the end date,
!> and writes snapshots, means over calendar months and a restart file. Exit status: 0 done, 1 the model had to stop,
!> 2 bad input.
program speedy
    use, intrinsic :: iso_fortran_env, only: int64
    use boundary_data, only: boundary_fields
    use boundary_file, only: read_boundary_file
    use calendar_process, only: advance, clock_time, exists
    use formulation, only: formulation_switches
    use kinds, only: dp
    use mean_fields, only: new_mean_accumulator
    use output_files, only: add_month, add_snapshot, close_output, new_mean_file, new_snapshot_file, output_file
    use program_messages, only: say, stop_program, stop_run
    use restart_file, only: read_restart, read_restart_start, write_restart
    use run_settings, only: path_length, read_settings, settings
    use speedy_model_type, only: advance_model, cold_start, create_model, describe_date, speedy_model
    use status_codes, only: status_ok
    implicit none

    type(settings) :: chosen
    type(boundary_fields) :: boundary
    type(speedy_model), allocatable :: model
    type(output_file) :: snapshots, means
    character(len=path_length) :: namelist_file
    integer(int64) :: started, finished, rate
    integer :: status, steps, i

    call get_command_argument(1, namelist_file)
    if (namelist_file == '--help' .or. namelist_file == '-h') then
        call say('speedy [NAMELIST]   run the SPEEDY model; NAMELIST is speedy.nml unless another file is named.')
        call say('Example: speedy my_run.nml')
        stop
    end if
    if (namelist_file == '') namelist_file = 'speedy.nml'
    call read_settings(trim(namelist_file), chosen)
    if (chosen%restart_in /= '') chosen%start = read_restart_start(trim(chosen%restart_in))
    call read_boundary_file(trim(chosen%boundary_file), boundary)

    allocate (model)
    call create_model(chosen%formulation, chosen%parameters, chosen%flags, boundary, chosen%start, model, status)
    if (status /= status_ok) call stop_program(trim(model%message))
    if (chosen%restart_in == '') then
        call cold_start(model, status)
        if (status /= status_ok) call stop_run(trim(model%message))
    else
        call read_restart(trim(chosen%restart_in), model)
    end if
    steps = steps_between(chosen%formulation, model%now, chosen%end)

    if (chosen%snapshot_file /= '') then
        snapshots = new_snapshot_file(trim(chosen%snapshot_file), model)
        call add_snapshot(snapshots, model)
    end if
    if (chosen%mean_file /= '' .and. chosen%flags%physics == 1) then
        means = new_mean_file(trim(chosen%mean_file), model)
        model%means = new_mean_accumulator(model%core%layers%levels)
    end if

    call system_clock(started, rate)
    do i = 1, steps
        call run_step()
    end do
    call system_clock(finished)
    if (steps > 0) call report_speed(real(finished - started, dp)/real(rate, dp))

    if (chosen%snapshot_file /= '') call close_output(snapshots)
    if (means%file /= -1) call close_output(means)
    if (chosen%restart_out /= '') call write_restart(trim(chosen%restart_out), model)

contains

    !> One step, and the output that is due after it.
    subroutine run_step()
        type(clock_time) :: before

        before = model%now
        call advance_model(model, 1, status)
        if (status /= status_ok) call stop_run(trim(model%message))
        if (chosen%snapshot_file /= '' .and. mod(model%step, chosen%steps_between_snapshots) == 0) then
            call add_snapshot(snapshots, model)
        end if
        if (model%now%month /= before%month .or. i == steps) then
            call say(describe_date(model%now))
            ! A month that a run begins or ends with may be too short for a sample on levels.
            if (model%means%active .and. model%means%level_samples > 0) then
                call add_month(means, model, before%year, before%month)
            end if
            if (model%means%active) model%means = new_mean_accumulator(model%core%layers%levels)
        end if
    end subroutine run_step

    !> Steps from one date to another; stops the program if there is no whole number of them.
    function steps_between(formulation, from, to) result(number)
        type(formulation_switches), intent(in) :: formulation
        type(clock_time), intent(in) :: from, to
        integer :: number
        type(clock_time) :: now

        if (.not. exists(formulation, to)) call stop_program('the end date does not exist')
        now = from
        number = 0
        do while (minutes_of(now) < minutes_of(to))
            call advance(formulation, now)
            number = number + 1
        end do
        if (minutes_of(now) /= minutes_of(to)) then
            call stop_program('the end date '//describe_date(to)//' is no whole number of 40-minute steps after '// &
                describe_date(from))
        end if
    end function steps_between

    !> Something that grows with the date.
    pure function minutes_of(time) result(minutes)
        type(clock_time), intent(in) :: time
        integer(int64) :: minutes

        minutes = (((12_int64*time%year + time%month)*31 + time%day)*24 + time%hour)*60 + time%minute
    end function minutes_of

    !> Speed in simulated years per day.
    subroutine report_speed(seconds)
        real(dp), intent(in) :: seconds
        character(len=80) :: line

        write (line, '(i0, " steps in ", f0.1, " s: ", f0.2, " ms per step, ", f0.0, " simulated years per day")') &
            steps, seconds, 1.0e3_dp*seconds/steps, steps/13140.0_dp*86400.0_dp/max(seconds, 1.0e-3_dp)
        call say(trim(line))
    end subroutine report_speed

end program speedy
