!> Semi-implicit treatment of gravity waves: the linear terms, from the earlier time level, and the correction that
!> makes them an average over the leapfrog interval (spec 32, stage 2; spec 33).
module semi_implicit
    use constants, only: gas_constant, physical_constants
    use dynamics_parameter_sets, only: dynamics_parameters
    use gaussian_latitudes, only: truncation
    use hydrostatic_geopotential, only: geopotential, hydrostatic_coefficients
    use kinds, only: dp
    use prognostic_fields, only: prognostic_state
    use spectral_operators, only: operator_factors
    use vertical_grid, only: vertical_layers
    implicit none
    private
    public :: reference_profile, new_reference_profile
    public :: implicit_matrices, new_implicit_matrices
    public :: add_linear_terms, implicit_correction

    integer, parameter :: last = truncation + 1        ! n
    integer, parameter :: largest = truncation + 2     ! l: meridional derivatives of l = 31 reach that far

    !> The state about which the equations are linearised; what depends on it and the layers only.
    type :: reference_profile
        real(dp), allocatable :: temperature(:)             ! (level), K
        real(dp), allocatable :: gas_constant(:)            ! (level), times the temperature, J kg-1
        real(dp), allocatable :: kappa(:)                   ! (level), times the temperature, K
        real(dp), allocatable :: half_kappa_over_sigma(:)   ! (level), times the temperature, K
        real(dp), allocatable :: temperature_advection(:, :)    ! A of the spec: (level, interface), K
        real(dp), allocatable :: sigma_velocity(:, :)           ! B: (interface, level), 1
        real(dp), allocatable :: temperature_tendency(:, :)     ! C = Y + A B: (level, level), K
        real(dp), allocatable :: hydrostatic(:, :)              ! H: (level, level), J kg-1 K-1
        real(dp), allocatable :: wave_operator(:, :)            ! E = H C: (level, level), J kg-1
    end type reference_profile

    !> What depends on the length of the step, too.
    type :: implicit_matrices
        real(dp) :: xi = 0.0_dp                            ! implicitness times the time step, s
        real(dp), allocatable :: helmholtz_factor(:, :)    ! (m, n), xi l (l + 1)/a**2, s m-2
        real(dp), allocatable :: inverse(:, :, :)          ! J: (l, level, level), 0 for l = 0
    end type implicit_matrices

contains

    !> Reference temperature 288 sigma**rho with the lapse rate of the constants, and its matrices.
    pure function new_reference_profile(constants, parameters, layers) result(profile)
        type(physical_constants), intent(in) :: constants
        type(dynamics_parameters), intent(in) :: parameters
        type(vertical_layers), intent(in) :: layers
        type(reference_profile) :: profile
        real(dp) :: r, exponent
        integer :: k, i, n

        n = layers%levels
        r = gas_constant(constants)
        exponent = r*constants%lapse_rate/(1000.0_dp*constants%gravity)
        associate (full => layers%full_level_sigma, half => layers%half_level_sigma, d => layers%sigma_thickness, &
                kappa => constants%kappa)
            allocate (profile%temperature, &
                source=parameters%reference_temperature*max(parameters%reference_minimum_sigma, full)**exponent)
            allocate (profile%gas_constant, source=r*profile%temperature)
            allocate (profile%kappa, source=kappa*profile%temperature)
            allocate (profile%half_kappa_over_sigma, source=kappa/(2.0_dp*full)*profile%temperature)
            allocate (profile%temperature_advection(n, n - 1), profile%sigma_velocity(n - 1, n), &
                profile%hydrostatic(n, n), source=0.0_dp)
            associate (t => profile%temperature, a => profile%temperature_advection, b => profile%sigma_velocity, &
                    h => profile%hydrostatic)
                do k = 2, n
                    a(k, k - 1) = 0.5_dp*(kappa*t(k)/full(k) - (t(k) - t(k - 1))/d(k))
                end do
                do k = 1, n - 1
                    a(k, k) = 0.5_dp*(kappa*t(k)/full(k) - (t(k + 1) - t(k))/d(k))
                end do
                do k = 1, n
                    do i = 1, n - 1
                        b(i, k) = d(k)*sum(d(:i))
                        if (k <= i) b(i, k) = b(i, k) - d(k)
                    end do
                end do
                do k = 1, n
                    h(k, k) = r*log(half(k + 1)/full(k))
                    h(:k - 1, k) = r*log(half(k + 1)/half(k))
                end do
                allocate (profile%temperature_tendency, source=matmul(a, b))
                do k = 1, n
                    profile%temperature_tendency(:, k) = profile%temperature_tendency(:, k) - kappa*t*d(k)
                end do
                allocate (profile%wave_operator, source=matmul(h, profile%temperature_tendency))
            end associate
        end associate
    end function new_reference_profile

    !> Matrices for steps of the given length, s.
    pure function new_implicit_matrices(parameters, layers, factors, profile, time_step) result(matrices)
        type(dynamics_parameters), intent(in) :: parameters
        type(vertical_layers), intent(in) :: layers
        type(operator_factors), intent(in) :: factors
        type(reference_profile), intent(in) :: profile
        real(dp), intent(in) :: time_step
        type(implicit_matrices) :: matrices
        real(dp) :: m(layers%levels, layers%levels)
        integer :: l, k, n

        n = layers%levels
        matrices%xi = parameters%implicitness*time_step
        allocate (matrices%helmholtz_factor(0:truncation, 0:last), source=matrices%xi*factors%laplacian_eigenvalue)
        allocate (matrices%inverse(0:largest, n, n), source=0.0_dp)
        do l = 1, largest
            do k = 1, n
                m(:, k) = matrices%xi**2*factors%laplacian_eigenvalue(1, l - 1) &
                    *(profile%gas_constant*layers%sigma_thickness(k) - profile%wave_operator(:, k))
                m(k, k) = m(k, k) + 1.0_dp
            end do
            matrices%inverse(l, :, :) = inverse_matrix(m)
        end do
    end function new_implicit_matrices

    !> Add the linear terms of the earlier time level to the tendencies (spec 32, stage 2).
    pure subroutine add_linear_terms(layers, factors, hydrostatics, profile, earlier, surface_geopotential, tendency)
        type(vertical_layers), intent(in) :: layers
        type(operator_factors), intent(in) :: factors
        type(hydrostatic_coefficients), intent(in) :: hydrostatics
        type(reference_profile), intent(in) :: profile
        type(prognostic_state), intent(in) :: earlier
        complex(dp), intent(in) :: surface_geopotential(0:truncation, 0:last)
        type(prognostic_state), intent(inout) :: tendency
        complex(dp), dimension(0:truncation, 0:last) :: mean_divergence, above, below
        complex(dp), allocatable :: phi(:, :, :)
        integer :: k, n

        n = layers%levels
        allocate (phi(0:truncation, 0:last, n))
        call geopotential(hydrostatics, earlier%temperature, surface_geopotential, phi)
        associate (d => layers%sigma_thickness, t => profile%temperature)
            mean_divergence = (0.0_dp, 0.0_dp)
            do k = 1, n
                mean_divergence = mean_divergence + earlier%divergence(:, :, k)*d(k)
            end do
            tendency%log_normalized_surface_pressure = tendency%log_normalized_surface_pressure - mean_divergence
            tendency%log_normalized_surface_pressure(0, 0) = (0.0_dp, 0.0_dp)

            ! Vertical velocity above and below the level.
            above = (0.0_dp, 0.0_dp)
            do k = 1, n
                if (k < n) then
                    below = above - d(k)*(earlier%divergence(:, :, k) - mean_divergence)
                else
                    below = (0.0_dp, 0.0_dp)
                end if
                tendency%temperature(:, :, k) = tendency%temperature(:, :, k) &
                    + profile%half_kappa_over_sigma(k)*(below + above) - profile%kappa(k)*mean_divergence
                if (k < n) tendency%temperature(:, :, k) = tendency%temperature(:, :, k) &
                    - ((t(k + 1) - t(k))/(2.0_dp*d(k)))*below
                if (k > 1) tendency%temperature(:, :, k) = tendency%temperature(:, :, k) &
                    - ((t(k) - t(k - 1))/(2.0_dp*d(k)))*above
                tendency%divergence(:, :, k) = tendency%divergence(:, :, k) + factors%laplacian_eigenvalue &
                    *(phi(:, :, k) + profile%gas_constant(k)*earlier%log_normalized_surface_pressure)
                above = below
            end do
        end associate
    end subroutine add_linear_terms

    !> Turn the linear terms into an average over the step (spec 33, section 2).
    pure subroutine implicit_correction(layers, profile, matrices, tendency)
        type(vertical_layers), intent(in) :: layers
        type(reference_profile), intent(in) :: profile
        type(implicit_matrices), intent(in) :: matrices
        type(prognostic_state), intent(inout) :: tendency
        complex(dp) :: e(0:truncation), y(0:truncation, layers%levels)
        integer :: n, m, k, j

        do n = 0, last
            m = min(truncation, largest - n)     ! largest wavenumber in this column
            associate (pi => tendency%log_normalized_surface_pressure(:m, n), d => tendency%divergence(:m, n, :), &
                    t => tendency%temperature(:m, n, :), xi => matrices%xi)
                do k = 1, layers%levels
                    e(:m) = profile%gas_constant(k)*pi
                    do j = k, layers%levels
                        e(:m) = e(:m) + profile%hydrostatic(k, j)*t(:, j)
                    end do
                    y(:m, k) = d(:, k) + matrices%helmholtz_factor(:m, n)*e(:m)
                end do
                do k = 1, layers%levels
                    e(:m) = (0.0_dp, 0.0_dp)
                    do j = 1, layers%levels
                        e(:m) = e(:m) + matrices%inverse(n:n + m, k, j)*y(:m, j)
                    end do
                    d(:, k) = e(:m)
                    pi = pi - (xi*layers%sigma_thickness(k))*e(:m)
                end do
                do k = 1, layers%levels
                    e(:m) = (0.0_dp, 0.0_dp)
                    do j = 1, layers%levels
                        e(:m) = e(:m) + profile%temperature_tendency(k, j)*d(:, j)
                    end do
                    t(:, k) = t(:, k) + xi*e(:m)
                end do
            end associate
        end do
    end subroutine implicit_correction

    !> Inverse by Gauss-Jordan elimination with partial pivoting.
    pure function inverse_matrix(matrix) result(inverse)
        real(dp), intent(in) :: matrix(:, :)
        real(dp) :: inverse(size(matrix, 1), size(matrix, 1))
        real(dp) :: work(size(matrix, 1), 2*size(matrix, 1)), row(2*size(matrix, 1))
        integer :: i, k, pivot, n

        n = size(matrix, 1)
        work(:, :n) = matrix
        work(:, n + 1:) = 0.0_dp
        do i = 1, n
            work(i, n + i) = 1.0_dp
        end do
        do k = 1, n
            pivot = k - 1 + maxloc(abs(work(k:, k)), dim=1)
            row = work(pivot, :)
            work(pivot, :) = work(k, :)
            work(k, :) = row/row(k)
            do i = 1, n
                if (i /= k) work(i, :) = work(i, :) - work(i, k)*work(k, :)
            end do
        end do
        inverse = work(:, n + 1:)
    end function inverse_matrix

end module semi_implicit
