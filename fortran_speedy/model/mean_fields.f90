!> Means, variances and covariances of the fields of a step over time (spec 40, section 2).
!>
!> Maps are sampled in every step, fields on levels in every sixth. Sums are of deviations from the first sample, so
!> that central moments do not suffer from cancellation.
module mean_fields
    use diagnostics
    use dynamics_core, only: speedy_core
    use grid_physics, only: physics_state
    use humidity_process, only: humidity_parameters, saturation_humidity
    use kinds, only: dp
    use prognostic_fields, only: grid_fields
    use spectral_transform, only: latitudes, longitudes, synthesis, truncation
    implicit none
    private
    public :: mean_accumulator, new_mean_accumulator
    public :: add_maps, add_levels, add_divergence
    public :: mean_count, mean_description, mean_levels, mean_values

    !> Steps from one sample of the fields on levels to the next.
    integer, parameter, public :: level_interval = 6

    !> Kinds of places in the list of means.
    integer, parameter :: last_map = surface_field_count
    integer, parameter :: last_surface_moment = last_map + surface_moment_count
    integer, parameter :: last_level = last_surface_moment + level_field_count
    integer, parameter :: last_level_moment = last_level + level_moment_count
    integer, parameter :: last_process = last_level_moment + process_count
    integer, parameter :: place_sigma_dot = last_process + 1
    integer, parameter :: place_divergence = last_process + 2
    integer, parameter :: mean_count = place_divergence

    !> Sums so far. Maps (longitude, latitude, field), levels (longitude, latitude, level, field), tendencies
    !> (level, process, longitude, latitude), sigma velocity (longitude, latitude, half level), divergence (m, n, level).
    type :: mean_accumulator
        logical :: active = .false.
        integer :: map_samples = 0
        integer :: level_samples = 0
        integer :: levels = 0
        real(dp), allocatable :: first_maps(:, :, :), maps(:, :, :), map_products(:, :, :)
        real(dp), allocatable :: first_levels(:, :, :, :), fields(:, :, :, :), products(:, :, :, :)
        real(dp), allocatable :: tendencies(:, :, :, :)
        real(dp), allocatable :: sigma_velocity(:, :, :)
        complex(dp), allocatable :: divergence(:, :, :)
    end type mean_accumulator

contains

    !> Sums of nothing, ready to be added to.
    pure function new_mean_accumulator(levels) result(sums)
        integer, intent(in) :: levels
        type(mean_accumulator) :: sums

        sums%active = .true.
        sums%levels = levels
        allocate (sums%first_maps(longitudes, latitudes, surface_field_count), source=0.0_dp)
        allocate (sums%maps, source=sums%first_maps)
        allocate (sums%map_products(longitudes, latitudes, surface_moment_count), source=0.0_dp)
        allocate (sums%first_levels(longitudes, latitudes, levels, level_field_count), source=0.0_dp)
        allocate (sums%fields, source=sums%first_levels)
        allocate (sums%products(longitudes, latitudes, levels, level_moment_count), source=0.0_dp)
        allocate (sums%tendencies(levels, process_count, longitudes, latitudes), source=0.0_dp)
        allocate (sums%sigma_velocity(longitudes, latitudes, levels + 1), source=0.0_dp)
        allocate (sums%divergence(0:truncation, 0:truncation + 1, levels), source=(0.0_dp, 0.0_dp))
    end function new_mean_accumulator

    !> The maps of a step.
    pure subroutine add_maps(physics, sums)
        type(physics_state), intent(in) :: physics
        type(mean_accumulator), intent(inout) :: sums
        integer :: p

        if (sums%map_samples == 0) sums%first_maps = physics%maps
        sums%map_samples = sums%map_samples + 1
        sums%maps = sums%maps + (physics%maps - sums%first_maps)
        do p = 1, surface_moment_count
            associate (field => surface_moment_field(p))
                sums%map_products(:, :, p) = sums%map_products(:, :, p) &
                    + (physics%maps(:, :, field) - sums%first_maps(:, :, field))**2
            end associate
        end do
    end subroutine add_maps

    !> The divergence of the state at the beginning of a step whose levels are sampled.
    pure subroutine add_divergence(divergence, sums)
        complex(dp), intent(in) :: divergence(0:, 0:, :)      ! (m, n, level), s-1
        type(mean_accumulator), intent(inout) :: sums

        sums%divergence = sums%divergence + divergence
    end subroutine add_divergence

    !> The fields on levels of a step.
    pure subroutine add_levels(core, humidity, fields, physics, sigma_velocity, sums)
        type(speedy_core), intent(in) :: core
        type(humidity_parameters), intent(in) :: humidity
        type(grid_fields), intent(in) :: fields
        type(physics_state), intent(in) :: physics
        real(dp), intent(in) :: sigma_velocity(:, :, :)       ! (longitude, latitude, half level), s-1
        type(mean_accumulator), intent(inout) :: sums
        real(dp), allocatable :: sample(:, :, :)
        real(dp) :: ps(longitudes, latitudes)
        integer :: k, p

        allocate (sample(longitudes, latitudes, level_field_count))
        ps = exp(fields%log_normalized_surface_pressure)
        do k = 1, sums%levels
            sample(:, :, i_eastward_wind) = fields%eastward_wind(:, :, k)
            sample(:, :, i_northward_wind) = fields%northward_wind(:, :, k)
            sample(:, :, i_temperature) = fields%temperature(:, :, k)
            sample(:, :, i_specific_humidity) = max(fields%specific_humidity(:, :, k), 0.0_dp)
            sample(:, :, i_geopotential) = fields%geopotential(:, :, k)
            sample(:, :, i_relative_humidity) = sample(:, :, i_specific_humidity) &
                /saturation_humidity(humidity, fields%temperature(:, :, k), core%layers%full_level_sigma(k)*ps)
            if (sums%level_samples == 0) sums%first_levels(:, :, k, :) = sample
            sample = sample - sums%first_levels(:, :, k, :)
            sums%fields(:, :, k, :) = sums%fields(:, :, k, :) + sample
            do p = 1, level_moment_count
                sums%products(:, :, k, p) = sums%products(:, :, k, p) &
                    + sample(:, :, level_moment_first(p))*sample(:, :, level_moment_second(p))
            end do
        end do
        sums%tendencies = sums%tendencies + physics%process_tendencies
        sums%sigma_velocity = sums%sigma_velocity + sigma_velocity
        sums%level_samples = sums%level_samples + 1
    end subroutine add_levels

    !> What a mean is called, and its units.
    pure function mean_description(place) result(field)
        integer, intent(in) :: place     ! 1 to mean_count
        type(field_description) :: field

        if (place <= last_map) then
            field = surface_fields(place)
        else if (place <= last_surface_moment) then
            field = surface_moments(place - last_map)
        else if (place <= last_level) then
            field = level_fields(place - last_surface_moment)
        else if (place <= last_level_moment) then
            field = level_moments(place - last_level)
        else if (place <= last_process) then
            field = processes(place - last_level_moment)
        else if (place == place_sigma_dot) then
            field = field_description('sigma_dot', 's-1', 'sigma dot')
        else
            field = field_description('divergence', 's-1', 'divergence')
        end if
    end function mean_description

    !> Length of the vertical axis of a mean: 0 for maps, the number of levels, or one more.
    pure function mean_levels(place, levels) result(length)
        integer, intent(in) :: place, levels
        integer :: length

        length = levels
        if (place <= last_surface_moment) length = 0
        if (place == place_sigma_dot) length = levels + 1
    end function mean_levels

    !> A mean or central moment over the samples, of which there must be some, in its units of output.
    pure subroutine mean_values(core, sums, place, values)
        type(speedy_core), intent(in) :: core
        type(mean_accumulator), intent(in) :: sums
        integer, intent(in) :: place
        real(dp), intent(out) :: values(:, :, :)      ! (longitude, latitude, level or half level); one level for maps
        type(field_description) :: field
        real(dp) :: samples
        integer :: k, p

        field = mean_description(place)
        samples = real(merge(sums%map_samples, sums%level_samples, place <= last_surface_moment), dp)
        if (place <= last_map) then
            values(:, :, 1) = sums%first_maps(:, :, place) + sums%maps(:, :, place)/samples
        else if (place <= last_surface_moment) then
            p = place - last_map
            values(:, :, 1) = sums%map_products(:, :, p)/samples - (sums%maps(:, :, surface_moment_field(p))/samples)**2
        else if (place <= last_level) then
            p = place - last_surface_moment
            values = sums%first_levels(:, :, :, p) + sums%fields(:, :, :, p)/samples
        else if (place <= last_level_moment) then
            p = place - last_level
            values = sums%products(:, :, :, p)/samples - (sums%fields(:, :, :, level_moment_first(p))/samples) &
                *(sums%fields(:, :, :, level_moment_second(p))/samples)
        else if (place <= last_process) then
            do k = 1, sums%levels
                values(:, :, k) = sums%tendencies(k, place - last_level_moment, :, :)/samples
            end do
        else if (place == place_sigma_dot) then
            values = sums%sigma_velocity/samples
        else
            do k = 1, sums%levels
                call synthesis(core%transform, sums%divergence(:, :, k)/samples, values(:, :, k))
            end do
        end if
        values = field%factor*values
    end subroutine mean_values

end module mean_fields
