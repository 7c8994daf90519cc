!> Horizontal diffusion, with its correction over mountains, and the drag at the top (spec 34).
module horizontal_diffusion
    use constants, only: gas_constant, physical_constants
    use dynamics_parameter_sets, only: dynamics_parameters
    use formulation, only: formulation_switches
    use gaussian_latitudes, only: truncation
    use kinds, only: dp
    use prognostic_fields, only: prognostic_state
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: damping_rates, new_damping_rates
    public :: damping_factors, new_damping_factors
    public :: diffuse, diffuse_tendencies

    integer, parameter :: last = truncation + 1     ! n
    integer, parameter :: power = 4                 ! of the Laplacian
    real(dp), parameter :: seconds_per_hour = 3600.0_dp

    !> Rates (m, n), s-1, and vertical profiles (level) of the orographic correction.
    type :: damping_rates
        real(dp), allocatable :: vorticity_temperature(:, :)
        real(dp), allocatable :: divergence_humidity(:, :)
        real(dp), allocatable :: stratospheric(:, :)
        real(dp) :: zonal_mean_drag = 0.0_dp
        real(dp), allocatable :: temperature_profile(:)
        real(dp), allocatable :: humidity_profile(:)
        integer :: stratospheric_levels = 0      ! levels that the additional diffusion acts on, from the top
    end type damping_rates

    !> Factors 1/(1 + rate dt) that make the damping implicit.
    type :: damping_factors
        real(dp), allocatable :: vorticity_temperature(:, :)
        real(dp), allocatable :: divergence_humidity(:, :)
        real(dp), allocatable :: stratospheric(:, :)
    end type damping_factors

contains

    !> Rates and profiles.
    pure function new_damping_rates(constants, formulation, parameters, layers) result(rates)
        type(physical_constants), intent(in) :: constants
        type(formulation_switches), intent(in) :: formulation
        type(dynamics_parameters), intent(in) :: parameters
        type(vertical_layers), intent(in) :: layers
        type(damping_rates) :: rates
        real(dp) :: eigenvalue(0:truncation, 0:last)     ! of the Laplacian, 1 for l = 30
        real(dp) :: normalisation
        integer :: m, n

        normalisation = 1.0_dp/(truncation*(truncation + 1))
        if (formulation%single_precision_constants) normalisation = real(1.0/(truncation*(truncation + 1)), dp)
        do n = 0, last
            do m = 0, truncation
                eigenvalue(m, n) = (m + n)*(m + n + 1)*normalisation
            end do
        end do
        allocate (rates%vorticity_temperature(0:truncation, 0:last), &
            source=eigenvalue**power/(seconds_per_hour*parameters%vorticity_damping_time))
        allocate (rates%divergence_humidity(0:truncation, 0:last), &
            source=eigenvalue**power/(seconds_per_hour*parameters%divergence_damping_time))
        allocate (rates%stratospheric(0:truncation, 0:last), &
            source=eigenvalue/(seconds_per_hour*parameters%stratospheric_damping_time))
        rates%zonal_mean_drag = 1.0_dp/(seconds_per_hour*parameters%zonal_mean_drag_time)

        associate (sigma => layers%full_level_sigma)
            allocate (rates%temperature_profile, &
                source=sigma**(gas_constant(constants)*constants%lapse_rate/(1000.0_dp*constants%gravity)))
            rates%temperature_profile(1) = 0.0_dp
            allocate (rates%humidity_profile, &
                source=sigma**(parameters%pressure_scale_height/parameters%humidity_scale_height))
            rates%humidity_profile(:2) = 0.0_dp
        end associate
        rates%stratospheric_levels = merge(layers%levels, 1, formulation%extra_diffusion_acts_on_all_levels)
    end function new_damping_rates

    !> Factors for steps of the given length, s.
    pure function new_damping_factors(rates, time_step) result(factors)
        type(damping_rates), intent(in) :: rates
        real(dp), intent(in) :: time_step
        type(damping_factors) :: factors

        allocate (factors%vorticity_temperature, factors%divergence_humidity, factors%stratospheric, &
            mold=rates%stratospheric)
        factors%vorticity_temperature = 1.0_dp/(1.0_dp + rates%vorticity_temperature*time_step)
        factors%divergence_humidity = 1.0_dp/(1.0_dp + rates%divergence_humidity*time_step)
        factors%stratospheric = 1.0_dp/(1.0_dp + rates%stratospheric*time_step)
    end function new_damping_factors

    !> Damp a tendency by the field, backward in time.
    pure subroutine diffuse(rate, factor, field, tendency)
        real(dp), dimension(0:truncation, 0:last), intent(in) :: rate, factor
        complex(dp), intent(in) :: field(0:truncation, 0:last)
        complex(dp), intent(inout) :: tendency(0:truncation, 0:last)

        tendency = (tendency - rate*field)*factor
    end subroutine diffuse

    !> Diffusion and drag of all variables but surface pressure, by the earlier time level.
    pure subroutine diffuse_tendencies(rates, factors, earlier, temperature_correction, humidity_correction, tendency)
        type(damping_rates), intent(in) :: rates
        type(damping_factors), intent(in) :: factors
        type(prognostic_state), intent(in) :: earlier
        complex(dp), intent(in) :: temperature_correction(0:truncation, 0:last)    ! K
        complex(dp), intent(in) :: humidity_correction(0:truncation, 0:last)       ! g kg-1
        type(prognostic_state), intent(inout) :: tendency
        complex(dp) :: corrected(0:truncation, 0:last)
        integer :: k

        do k = 1, size(rates%temperature_profile)
            call diffuse(rates%vorticity_temperature, factors%vorticity_temperature, earlier%vorticity(:, :, k), &
                tendency%vorticity(:, :, k))
            call diffuse(rates%divergence_humidity, factors%divergence_humidity, earlier%divergence(:, :, k), &
                tendency%divergence(:, :, k))
            corrected = earlier%temperature(:, :, k) + rates%temperature_profile(k)*temperature_correction
            call diffuse(rates%vorticity_temperature, factors%vorticity_temperature, corrected, tendency%temperature(:, :, k))
            if (k == 1) then
                tendency%vorticity(0, :, 1) = tendency%vorticity(0, :, 1) - rates%zonal_mean_drag*earlier%vorticity(0, :, 1)
                tendency%divergence(0, :, 1) = tendency%divergence(0, :, 1) &
                    - rates%zonal_mean_drag*earlier%divergence(0, :, 1)
            end if
            if (k <= rates%stratospheric_levels) then
                call diffuse(rates%stratospheric, factors%stratospheric, earlier%vorticity(:, :, k), tendency%vorticity(:, :, k))
                call diffuse(rates%stratospheric, factors%stratospheric, earlier%divergence(:, :, k), tendency%divergence(:, :, k))
                call diffuse(rates%stratospheric, factors%stratospheric, corrected, tendency%temperature(:, :, k))
            end if
            corrected = earlier%specific_humidity(:, :, k) + rates%humidity_profile(k)*humidity_correction
            call diffuse(rates%divergence_humidity, factors%divergence_humidity, corrected, tendency%specific_humidity(:, :, k))
        end do
    end subroutine diffuse_tendencies

end module horizontal_diffusion
